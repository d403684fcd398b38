# The image runs the same programs as `ambassador run` on a laptop, from the same folder tree.
# docker build -t ambassador . && docker run -p 8080:8080 -p 8877:8877 ambassador demo

FROM debian:trixie-slim AS builder
RUN apt-get update && apt-get install -y --no-install-recommends python3-venv
WORKDIR /opt/ambassador
# Neither pip nor setuptools is in the final environment: pip stands in one of its own, setuptools leaves at the end.
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip .venv
COPY requirements.lock ./
RUN /opt/pip/bin/pip --python .venv/bin/python install --no-cache-dir --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY ambassador ambassador
COPY diag diag
COPY entrypoint entrypoint
COPY envoy envoy
COPY examples examples
RUN /opt/pip/bin/pip --python .venv/bin/python install --no-cache-dir --no-deps --no-build-isolation -e . \
    && /opt/pip/bin/pip --python .venv/bin/python uninstall -y setuptools \
    && .venv/bin/python -m compileall -q .venv ambassador diag

FROM debian:trixie-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 8888 --create-home ambassador \
    && install -d -o ambassador -g ambassador -m 0700 /run/ambassador
COPY --from=builder /opt/ambassador /opt/ambassador
ENV PATH=/opt/ambassador/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AMBASSADOR_STATE_DIR=/run/ambassador
USER 8888:8888
WORKDIR /home/ambassador
EXPOSE 8080 8443 8877
ENTRYPOINT ["ambassador"]
CMD ["run"]
