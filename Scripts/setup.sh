#!/usr/bin/env bash
# Installs the system libraries that Thalweg links against, only those that are missing, and the packages named as arguments.
# Says plainly what to do when it cannot.
set -euo pipefail

say() { printf 'setup: %s\n' "$1" >&2; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null 2>&1; then sudo "$@"
  else return 1
  fi
}

setup_apt() {
  local missing=() package
  for package in libdnnl-dev libsqlite3-dev libzip-dev zlib1g-dev "$@"; do
    dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' \
      || missing+=("$package")
  done
  [ "${#missing[@]}" -eq 0 ] && return 0
  say "installing ${missing[*]}"
  if ! { as_root apt-get update -qq && as_root apt-get install -y -qq "${missing[@]}" >/dev/null; }; then
    say "could not install ${missing[*]}; please run: sudo apt-get install ${missing[*]}"
    return 1
  fi
}

setup_brew() {
  local missing=() formula
  say "macOS is untested so far"
  for formula in onednn libzip sqlite zlib; do
    brew list --versions "$formula" >/dev/null 2>&1 || missing+=("$formula")
  done
  [ "${#missing[@]}" -eq 0 ] && return 0
  say "installing ${missing[*]}"
  if ! brew install --quiet "${missing[@]}"; then
    say "could not install ${missing[*]}; please run: brew install ${missing[*]}"
    return 1
  fi
}

if ! command -v swift >/dev/null 2>&1; then
  say "no Swift found; please install Swift 6.2 or later from https://www.swift.org/install"
  exit 1
fi
if command -v dpkg-query >/dev/null 2>&1; then
  setup_apt "$@"
elif command -v brew >/dev/null 2>&1; then
  setup_brew
else
  say "no apt or brew here; please install the development files of oneDNN, libzip, SQLite and zlib"
fi
