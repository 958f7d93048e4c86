# syntax=docker/dockerfile:1

# The program is one static file; the image adds certificates, a temporary directory for uploads and an account.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags='-s -w' -o /portal ./cmd/portal

FROM alpine:3.22
RUN adduser -D -H -u 10001 portal && mkdir /var/lib/portal && chown portal /var/lib/portal
COPY --from=build /portal /usr/local/bin/portal
USER portal
# There is no PostgreSQL in the image: DATABASE_URL names one. docs/operate.md lists the other settings.
ENV PORTAL_ENV=production PORTAL_ADDR=:8080 PORTAL_DATA=/var/lib/portal
EXPOSE 8080
# Docker asks the process whether it lives; the proxy asks /readyz whether to send it requests.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s CMD wget -q -O /dev/null http://127.0.0.1:8080/healthz || exit 1
# The portal lets requests and jobs finish for up to 33 s; see stop_grace_period in docker-compose.yml.
STOPSIGNAL SIGTERM
ENTRYPOINT ["portal"]
CMD ["serve"]
