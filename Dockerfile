# cspwatch as a container image, without ClickHouse: clickhouse.url must name a server.
#
#   docker build --build-arg CSPWATCH_COMMIT=$(git rev-parse HEAD) -t cspwatch:0.1.0 .
#   docker run --rm cspwatch:0.1.0 --help
#
# Tags are as of today. To pin by digest, append the "@sha256:…" that `docker image inspect` shows as RepoDigests.
# The same commit and the same two digests give the same binary: deploy/build says how. With BuildKit also the layers
# have the same times:
#   docker build --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct) \
#     --output type=image,name=cspwatch:0.1.0,rewrite-timestamp=true .

# For several machines at once, each built by itself or under emulation; both base images exist for both:
#   docker buildx build --platform linux/amd64,linux/arm64 --tag registry.example/cspwatch:0.1.0 --push .
# Nobody has built or run it on arm64 yet. Nothing in it names a kind of machine, and deploy/build sees to the pages of arm64.

# The compiler of rust-toolchain.toml; its Debian is that of the image below.
FROM rust:1.95.0-bookworm AS build
ARG SOURCE_DATE_EPOCH=0
# What `cspwatch --version` says; the sources that docker gets have no history.
ARG CSPWATCH_COMMIT=""
WORKDIR /cspwatch
# .dockerignore lets in only what the build reads.
COPY . .
RUN deploy/build /out && install -d -m 700 /out/state

# glibc, libgcc and root certificates; no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
LABEL org.opencontainers.image.title="cspwatch" \
      org.opencontainers.image.description="Collector for CSP, SRI and Reporting API reports" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/cspwatch /usr/local/bin/cspwatch
# What it is made of, for scanners: CycloneDX. And under which licences.
COPY --from=build /out/cspwatch.cdx.json /out/THIRD-PARTY-NOTICES.txt /cspwatch/LICENSE /usr/share/doc/cspwatch/
# The noise rules that are in the binary, to compare with newer ones.
COPY --from=build /cspwatch/src/config/noise/builtin.toml /usr/share/cspwatch/noise-rules.toml
COPY --from=build --chown=65532:65532 /out/state /var/lib/cspwatch
# By number, so that Kubernetes sees that it is not root.
USER 65532:65532
# The journal: reports that ClickHouse has not got yet. Mount a volume that survives the container.
VOLUME /var/lib/cspwatch
WORKDIR /var/lib/cspwatch
ENV CSPWATCH_CONFIG=/etc/cspwatch/cspwatch.toml
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["/usr/local/bin/cspwatch", "health"]
ENTRYPOINT ["/usr/local/bin/cspwatch"]
CMD ["serve", "--log-format", "json"]
