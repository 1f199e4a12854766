#!/bin/sh
# One server with S3 in front of it. The keys go into a file of the container's memory: flags would show them to every process.
set -eu

umask 077
cat > /tmp/s3.json <<JSON
{"identities": [{"name": "productsmanager",
  "credentials": [{"accessKey": "$S3_ACCESS_KEY", "secretKey": "$S3_SECRET_KEY"}], "actions": ["Admin"]}]}
JSON

# Beside S3 stands a gRPC server that gives anybody who calls it keys to everything, and it can't be bound elsewhere. It asks for
# TLS, and there is no certificate: so it takes nobody.
export WEED_GRPC_CA=/none WEED_GRPC_S3_CERT=/none WEED_GRPC_S3_KEY=/none

# Its parts ask nobody who calls: only S3, which does, is reached from elsewhere. Telemetry, Iceberg and Lance are on by default.
exec weed -logtostderr=true server -dir=/storage -ip=127.0.0.1 -ip.bind=127.0.0.1 -s3.ip.bind=0.0.0.0 \
    -master.telemetry=false -master.electionTimeout=1s -master.volumeSizeLimitMB=1024 \
    -volume.max=1000 -volume.minFreeSpace=1GiB -volume.preStopSeconds=0 \
    -filer -s3 -s3.config=/tmp/s3.json -s3.iam=false -s3.port.iceberg=0 -s3.port.lance=0
