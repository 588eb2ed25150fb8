import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import type { ProcessIdentity } from './process-identity.ts';

/**
 * Reads orders until the pipe to us closes. When it closes without `release`, we are dead: every
 * process still watched gets its signal, and SIGKILL after 10 s. The start time is compared before
 * each signal, for the process id may have been given away.
 */
const SCRIPT = `
watched=
while read -r order pid ticks signal; do
  case $order in
    watch) watched="$watched $pid:$ticks:$signal" ;;
    forget) left=; for w in $watched; do case $w in $pid:*) ;; *) left="$left $w" ;; esac; done; watched=$left ;;
    release) exit 0 ;;
  esac
done
send() {
  alive=
  for w in $watched; do
    pid=\${w%%:*}; rest=\${w#*:}; ticks=\${rest%%:*}; signal=\${2:-\${rest#*:}}
    stat=$(cat "/proc/$pid/stat" 2>/dev/null) || continue
    set -- "$1" "$2" \${stat##*)}
    [ "\${22}" = "$ticks" ] && [ "$3" != Z ] || continue
    alive=yes
    [ "$1" = look ] || kill -s "$signal" "$pid" 2>/dev/null
  done
}
send kill ''
n=0
while [ $n -lt 100 ]; do send look ''; [ -n "$alive" ] || exit 0; sleep 0.1; n=$((n + 1)); done
send kill KILL
`;

/** Ends the processes given to it when this process dies, even by SIGKILL. */
export class Watchdog {
  #child: ChildProcess | undefined;

  /** Ends `identity` by `signal` should this process die. */
  watch(identity: ProcessIdentity, signal: 'INT' | 'TERM' | 'QUIT' | 'KILL'): void {
    this.#order(`watch ${identity.pid} ${identity.startTicks} ${signal}`);
  }

  /** The process has ended by itself. */
  forget(identity: ProcessIdentity): void {
    if (this.#child !== undefined) this.#order(`forget ${identity.pid}`);
  }

  /** Sends the watchdog home; what it watched lives on. */
  release(): void {
    if (this.#child === undefined) return;
    this.#order('release');
    this.#child.stdin?.end();
    this.#child = undefined;
  }

  #order(line: string): void {
    this.#child ??= this.#start();
    this.#child.stdin?.write(`${line}\n`);
  }

  #start(): ChildProcess {
    // A session of its own: Ctrl-C in the terminal must not reach it.
    const child = spawn('/bin/sh', ['-c', SCRIPT], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      cwd: '/',
    });
    child.on('error', () => undefined); // Without a shell there is no watchdog; nothing else is lost.
    child.stdin.on('error', () => undefined);
    child.unref();
    if (child.stdin instanceof Socket) child.stdin.unref();
    return child;
  }
}
