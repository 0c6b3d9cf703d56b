#!/usr/bin/env bash
# Puts what the workbench test needs into place: Chromium from apt, and Node 24 and code-server from npm into a
# cache folder. What is there already is left alone.
set -euo pipefail

cache="${TRACE_LSP_E2E_CACHE:-$HOME/.cache/trace-lsp-e2e}"
code_server="code-server@4.139.1"
node="node@24"

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

install_packages() {
  # code-server compiles native modules, one of them against Kerberos.
  if [ ! -x /usr/bin/chromium ] || [ ! -e /usr/include/krb5.h ]; then
    as_root apt-get update
    as_root apt-get install -y --no-install-recommends chromium fonts-dejavu-core libkrb5-dev g++ make python3
  fi
}

install_node() {
  if [ ! -x "$cache/node/node_modules/node/bin/node" ]; then
    npm install --prefix "$cache/node" --no-audit --no-fund "$node"
  fi
}

# The folder of Node 24 that has its headers too, which native modules are compiled against.
node_home() {
  local folder
  for folder in "$cache"/node/node_modules/node/node_modules/node-* "$cache"/node/node_modules/node-*; do
    if [ -d "$folder/include" ]; then echo "$folder" && return; fi
  done
  echo "Node's headers are not in $cache/node" >&2
  return 1
}

install_code_server() {
  local home done="$cache/$code_server.installed"
  if [ -e "$done" ]; then return; fi
  home="$(node_home)"
  # By their names in the environment, because npm passes settings it does not know on to scripts only so.
  PATH="$home/bin:$PATH" npm_config_nodedir="$home" npm_config_unsafe_perm=true npm_config_yes=true \
    npm install --prefix "$cache/code-server" --no-audit --no-fund "$code_server"
  touch "$done"
}

mkdir -p "$cache"
install_packages
install_node
install_code_server
echo "The workbench test finds everything in $cache"
