# The image: the runner, the agent command lines and the tools that agents expect.
# Stages are ordered so that an edit in src/ rebuilds only the last two small layers.
ARG NODE_IMAGE=node:24-bookworm-slim

# The command lines, from the manifest that the conformance tests use too.
FROM ${NODE_IMAGE} AS clis
WORKDIR /opt/agent-clis
COPY tests/clis/package.json tests/clis/package-lock.json ./
ARG CLIS="claude codex copilot"
# Names that are not in CLIS are removed from the manifest; the lock file still pins the rest.
RUN set -eu; \
    leave_out() { case " $CLIS " in *" $1 "*) ;; *) npm pkg delete "dependencies.$2" ;; esac; }; \
    leave_out claude @anthropic-ai/claude-code; \
    leave_out codex @openai/codex; \
    leave_out copilot @github/copilot; \
    npm install --no-audit --no-fund --loglevel=error; \
    npm cache clean --force --loglevel=error; \
    for cli in $CLIS; do "node_modules/.bin/$cli" --version; done

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /opt/longhaul
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund && npm cache clean --force --loglevel=error

FROM ${NODE_IMAGE} AS build
WORKDIR /opt/longhaul
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src src
RUN npm run build

FROM ${NODE_IMAGE}
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      ca-certificates git gosu jq openssh-client python3 ripgrep tini \
    && rm -rf /var/lib/apt/lists/*

# New volumes get the owner and mode of these folders. Only the entrypoint may read /mnt/host:
# agents must not read the host's logins, only the copies made from them.
RUN usermod --home /agent-state node \
    && install -d -o node -g node /workspace /agent-state /runs \
    && install -d -m 700 /mnt/host

# An update in the middle of a run would change the program under the run.
ENV HOME=/agent-state \
    AGENT_RUNS_DIR=/runs \
    LONGHAUL_WORKSPACES_DIR=/workspace \
    DISABLE_AUTOUPDATER=1 \
    COPILOT_AUTO_UPDATE=false \
    PATH=/opt/longhaul/bin:/opt/agent-clis/node_modules/.bin:$PATH

COPY --from=clis /opt/agent-clis /opt/agent-clis
COPY --from=dependencies /opt/longhaul/node_modules /opt/longhaul/node_modules
COPY package.json /opt/longhaul/
COPY entrypoint.sh src/container/lent-files /opt/longhaul/
COPY --from=build /opt/longhaul/dist /opt/longhaul/dist
RUN install -d /opt/longhaul/bin \
    && printf '#!/bin/sh\nexec node /opt/longhaul/dist/main.js "$@"\n' >/opt/longhaul/bin/longhaul \
    && chmod 755 /opt/longhaul/bin/longhaul /opt/longhaul/entrypoint.sh

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Longhaul" \
      org.opencontainers.image.description="Runs a graph of coding-agent steps unattended for days or weeks" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

WORKDIR /workspace
VOLUME ["/workspace", "/agent-state", "/runs"]
ENTRYPOINT ["/opt/longhaul/entrypoint.sh"]
CMD ["run", "/workflow"]
