# shellcheck shell=bash
# The name of a workflow: `name:` at the top level of its file, else the folder's name. This is only
# an approximation, for labels and paths; the runner decides the name of a run.
# Sourced by run.sh (bash 3.2, any awk).

workflow_name() { # workflow folder or file, folder's name
  local file=$1 name
  [ ! -d "$file" ] || file=$file/workflow.yaml
  name=$(awk '/^name:[ \t]/ { sub(/^name:[ \t]+/, ""); sub(/[ \t]+#.*$/, ""); sub(/[ \t\r]+$/, ""); print; exit }' "$file" 2>/dev/null)
  name=${name#[\"\']}
  name=${name%[\"\']}
  echo "${name:-$2}"
}
