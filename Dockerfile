# norang in an image with nothing else in it: no shell, no package manager. docs/install.md says how to run it.
FROM --platform=$BUILDPLATFORM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
	go build -trimpath -tags nopgxregisterdefaulttypes -ldflags "-s -w -buildid= -funcalign=16" -o /out/norang ./cmd/norang
# An empty directory for the volume, so that a new volume belongs to the user of the image.
RUN mkdir -p /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/norang /usr/local/bin/norang
# The number never changes, because volumes outlive images.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
WORKDIR /data
VOLUME /data
ENV NORANG_LISTEN=0.0.0.0:5000 NORANG_DATABASE=/data/norang.db PATH=/usr/local/bin
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=6s --start-period=10s --retries=3 CMD ["norang", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["norang"]
CMD ["serve"]
