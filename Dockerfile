# One image: Envoy, watcher and diagnostics as `ambassador run` starts them on a laptop, from the same folder tree.
# `make image` builds it; it also hands over this machine's package-index settings, as secrets that stay in no layer.
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS python
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
        python3 ca-certificates tzdata >/dev/null \
    && python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "the base has no Python 3.11 or newer")'

# Of Debian only what the programs need; 8888 is the user unless the cluster gives another, who is then in group 0.
FROM python AS system
COPY image/system.py image/system.txt ./
RUN python3 system.py system.txt /rootfs \
    && python3 -m compileall -q -f --invalidation-mode unchecked-hash -s /rootfs -p / /rootfs/usr/lib/python3* \
    && grep -E '^(root|nobody):' /etc/passwd >/rootfs/etc/passwd \
    && echo 'ambassador:x:8888:0:Ambassador:/run/ambassador:/usr/sbin/nologin' >>/rootfs/etc/passwd \
    && grep -E '^(root|nogroup):' /etc/group >/rootfs/etc/group \
    && find /rootfs -type d -perm /022 ! -perm -1000 -exec chmod go-w {} + \
    && install -d -o 8888 -g 0 -m 0770 /rootfs/run/ambassador

FROM python AS installed
RUN apt-get update -qq \
    && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3-venv >/dev/null
# pip stands in an environment of its own: the one that is shipped never holds it.
RUN python3 -m venv /opt/pip && python3 -m venv --without-pip /opt/venv
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CACHE_DIR=/var/cache/pip PIP_ROOT_USER_ACTION=ignore \
    PIP_PYTHON=/opt/venv/bin/python PYTHONDONTWRITEBYTECODE=1
COPY requirements.lock ./
RUN --mount=type=secret,id=pip.conf,target=/etc/pip.conf \
    --mount=type=secret,id=certificates \
    --mount=type=cache,target=/var/cache/pip \
    if [ -s /run/secrets/certificates ]; then export PIP_CERT=/run/secrets/certificates; fi \
    && /opt/pip/bin/pip install --quiet --no-compile --require-hashes -r requirements.lock

FROM installed AS packages
COPY image/shrink.py image/unused.txt ./
# Unchecked: nobody edits these files, and the bytes then do not depend on the time of the build.
RUN /opt/pip/bin/pip uninstall --quiet -y setuptools \
    && python3 shrink.py unused.txt /opt/venv/lib/python3*/site-packages \
    && /opt/venv/bin/python -m compileall -q -f -j0 --invalidation-mode unchecked-hash /opt/venv/lib

FROM installed AS product
WORKDIR /opt/ambassador
COPY ambassador ambassador
COPY diag diag
COPY entrypoint entrypoint
COPY envoy envoy
COPY examples examples
COPY k8s k8s
COPY pyproject.toml README.md ./
# The command and its metadata are copied from the environment, to be laid over the one without build tools.
# compat: one line with the folder, instead of a finder that costs every Python process 20 ms when it starts.
RUN /opt/pip/bin/pip install --quiet --no-compile --no-deps --no-build-isolation \
        --config-settings editable_mode=compat -e . \
    && rm -rf build *.egg-info pyproject.toml README.md \
    && chmod -R u=rwX,go=rX . \
    && /opt/venv/bin/python -m compileall -q -f --invalidation-mode unchecked-hash ambassador diag entrypoint \
    && mkdir /product && cd / \
    && cp -a --parents opt/ambassador opt/venv/bin/ambassador opt/venv/lib/python3*/site-packages/*ambassador* /product

FROM scratch
COPY --from=system /rootfs /
COPY --from=packages /opt/venv /opt/venv
COPY --from=product /product /
# All that is written goes into the one folder that need be writable: HOME and TMPDIR are for what libraries write.
ENV PATH=/opt/venv/bin:/usr/bin:/bin \
    AMBASSADOR_STATE_DIR=/run/ambassador \
    HOME=/run/ambassador \
    TMPDIR=/run/ambassador \
    PYTHONDONTWRITEBYTECODE=1
USER 8888:0
WORKDIR /run/ambassador
EXPOSE 8080 8443 8877
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python3", "-I", "-S", "/opt/ambassador/entrypoint/healthcheck.py"]
ENTRYPOINT ["ambassador"]
CMD ["run"]
ARG BASE
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="Ambassador" \
    org.opencontainers.image.description="Kubernetes-native API gateway on Envoy that explains every request" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.base.name="${BASE}"
