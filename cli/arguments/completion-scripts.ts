/** Completion scripts for shells. Each asks the command itself, so it is never out of date. */

const BASH = `# bash completion of tidings
_tidings() {
  local line="\${COMP_LINE:0:COMP_POINT}" words current
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=('')
  current="\${words[-1]}"
  mapfile -t COMPREPLY < <(tidings completion bash -- "\${words[@]:1}" 2>/dev/null | cut -f1)
  # bash takes = for the end of a word.
  if [[ "$current" == *=* ]]; then COMPREPLY=("\${COMPREPLY[@]#*=}"); fi
  [[ "\${COMPREPLY[*]}" == *= ]] && compopt -o nospace 2>/dev/null
}
complete -o default -F _tidings tidings
`;

const ZSH = `#compdef tidings
_tidings() {
  local -a lines values shown
  local line
  lines=("\${(@f)$(tidings completion zsh -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  for line in $lines; do
    [[ -z "$line" ]] && continue
    values+=("\${line%%$'\\t'*}")
    shown+=("\${line/$'\\t'/  }")
  done
  if (( \${#values} )); then compadd -l -d shown -- "\${values[@]}"; else _files; fi
}
if [[ "$funcstack[1]" == _tidings ]]; then _tidings; else compdef _tidings tidings; fi
`;

const FISH = `# fish completion of tidings
function __tidings_complete
  set -l words (commandline -opc) (commandline -ct)
  tidings completion fish -- $words[2..-1] 2>/dev/null
end
complete -c tidings -f -a '(__tidings_complete)'
complete -c tidings -F -n 'string match -qr -- "^--(from|rules|tls-cert|tls-key|token-file|state-dir|data-dir)\\$" (commandline -opc)[-1]'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<'bash' | 'zsh' | 'fish', string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
};
