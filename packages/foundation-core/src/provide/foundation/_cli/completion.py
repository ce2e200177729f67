"""Completion for shells: `foundation completion bash`, which prints a script to be evaluated.

Sources: "Programmable Completion" of the bash manual, "Completion System" of zsh's, and
"Writing your own completions" of fish's.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

#: What options of `view` complete to; the others take a text of the user's.
_VIEW = (
    "--level --since --until --lines --around --follow --fields --hide --raw --full --count-by "
    "--histogram --local --utc --color --help"
)
_LEVELS = "trace debug info warning error critical"
_COLORS = "auto always never"
_SHELLS = ("bash", "zsh", "fish")

_BASH = """\
_foundation() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "{commands} --help --version" -- "$word"))
  elif [ "$before" = --level ] || [ "$before" = -l ]; then
    COMPREPLY=($(compgen -W "{levels}" -- "$word"))
  elif [ "$before" = --color ]; then
    COMPREPLY=($(compgen -W "{colors}" -- "$word"))
  elif [ "${{COMP_WORDS[1]}}" = completion ]; then
    COMPREPLY=($(compgen -W "{shells}" -- "$word"))
  elif [ "${{COMP_WORDS[1]}}" = view ] && [ "${{word:0:1}}" = - ]; then
    COMPREPLY=($(compgen -W "{view}" -- "$word"))
  else
    COMPREPLY=()
  fi
}}
complete -o default -F _foundation foundation
"""
_ZSH = """\
#compdef foundation
_foundation() {{
  if (( CURRENT == 2 )); then
    compadd -- {commands} --help --version
  elif [[ ${{words[CURRENT-1]}} == (--level|-l) ]]; then
    compadd -- {levels}
  elif [[ ${{words[CURRENT-1]}} == --color ]]; then
    compadd -- {colors}
  elif [[ ${{words[2]}} == completion ]]; then
    compadd -- {shells}
  elif [[ ${{words[2]}} == view && ${{words[CURRENT]}} == -* ]]; then
    compadd -- {view}
  else
    _files
  fi
}}
(( $+functions[compdef] )) || {{ autoload -Uz compinit && compinit -u }}
compdef _foundation foundation
"""
_FISH = """\
complete -c foundation -n __fish_use_subcommand -f -a '{commands}'
complete -c foundation -n '__fish_seen_subcommand_from completion' -f -a '{shells}'
set -l view '__fish_seen_subcommand_from view'
complete -c foundation -n $view -s l -l level -x -a '{levels}'
complete -c foundation -n $view -l color -x -a '{colors}'
complete -c foundation -n $view -s f -l follow
complete -c foundation -n $view -s n -l lines -x
complete -c foundation -n $view -s r -l raw
for option in since until around fields hide count-by
  complete -c foundation -n $view -l $option -x
end
for option in full histogram local utc help
  complete -c foundation -n $view -l $option
end
"""
_SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def complete(arguments: Sequence[str], prog: str, commands: Mapping[str, object]) -> int:
    """Print the script of a shell, and return the exit code.

    Args:
        arguments: The shell's name.
        prog: What the command is called.
        commands: The commands to complete.
    """
    parser = argparse.ArgumentParser(
        prog=f"{prog} completion",
        description="Print what completes foundation in a shell. bash and zsh: "
        'eval "$(foundation completion bash)"; fish: foundation completion fish | source.',
    )
    parser.add_argument("shell", choices=_SHELLS)
    script = _SCRIPTS[parser.parse_args(arguments).shell]
    text = script.format(
        commands=" ".join(commands),
        shells=" ".join(_SHELLS),
        levels=_LEVELS,
        colors=_COLORS,
        view=_VIEW,
    )
    print(text, end="")
    return 0
