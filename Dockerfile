# syntax=docker/dockerfile:1
# The product, server and worker in one image: `marshrut server` (the default), `marshrut worker`, `marshrut migrate`, …
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
# Without cgo it needs no libraries of the system's.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o /out/marshrut ./cmd/marshrut
# A volume takes the owner of the folder it is mounted on.
RUN mkdir -p /out/data/keys /out/data/audit

# Of busybox only wget is taken: the image has no shell, and the health check must ask with something.
FROM busybox:1.37-musl AS busybox

# Certificate authorities, time zones and an account that is not root; nothing else.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=busybox /bin/wget /usr/bin/wget
COPY --from=build /out/marshrut /usr/bin/marshrut
COPY --from=build --chown=nonroot:nonroot /out/data /var/lib/marshrut
# Inside a container the loopback address would be reached by nobody.
ENV MARSHRUT_ADDR=:8080
EXPOSE 8080
ENTRYPOINT ["/usr/bin/marshrut"]
CMD ["server"]
