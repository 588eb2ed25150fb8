import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, findProgram } from '#adapters/services-local';
import { retryOtherPorts, startForeignProgram } from '../foreign-program.ts';
import type { ForeignProgram } from '../foreign-program.ts';
import { BaresipControl } from './baresip-control.ts';
import type { BaresipEvent } from './baresip-control.ts';

/** A user that takes calls. */
export interface BaresipAccount {
  readonly user: string;
  /** Answers at once. Default: true; else it rings until a command comes. */
  readonly isAutoAnswer?: boolean;
  /** The tone it plays. */
  readonly toneHz: number;
  /** The only one it takes. Default: PCMU. */
  readonly codec?: keyof typeof CODECS;
  /** SRTP with keys from SDP: offered and taken, or nothing else. Default: off. */
  readonly srtp?: 'preferred' | 'required';
  /** Registers. Default: it does not. */
  readonly registrar?: {
    readonly domain: string;
    readonly password: string;
    /** Where REGISTER and every other request goes first. */
    readonly proxyUri: string;
  };
}

/** Who takes calls and how many. */
export interface BaresipOptions {
  readonly accounts: readonly BaresipAccount[];
  /** Calls at the same time; what goes beyond is refused with 486. Default: 4. */
  readonly maxCalls?: number;
  /** Takes RTCP on the port of RTP (RFC 5761). Default: no. */
  readonly takesRtcpMux?: boolean;
  /** PEM files. Default: no TLS. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** A running baresip on 127.0.0.1. */
export interface Baresip {
  /** The address of a user without a registrar in between. */
  uri(user: string, transport?: 'udp' | 'tcp' | 'tls'): string;
  /** How many events there were, to wait for later ones. */
  mark(): number;
  /** The first event of this type of a user, from a mark on. */
  until(type: string, user: string, from?: number): Promise<BaresipEvent>;
  /** All events of this type of a user so far. */
  all(type: string, user: string): readonly BaresipEvent[];
  /** Gives a command to a user; `hold`, `resume` and `hangup` are for its newest call. */
  command(user: string, command: string): Promise<void>;
  /** What it wrote, every SIP message among it. */
  log(): string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const MODULE_FOLDER = '/usr/lib/baresip/modules';
const ENCRYPTIONS = { preferred: 'srtp', required: 'srtp-mand' } as const;
/** The codecs we have baresip speak: its module, and its name for them. */
const CODECS = {
  PCMU: { module: 'g711.so', name: 'PCMU' },
  PCMA: { module: 'g711.so', name: 'PCMA' },
  G722: { module: 'g722.so', name: 'G722/16000/1' },
  opus: { module: 'opus.so', name: 'opus/48000/2' },
} as const;
const CERTIFICATE_FILE = 'certificate.pem';

/**
 * Starts baresip and waits until all have registered who do.
 * @throws Error when it is not installed, does not start or may not register.
 */
export async function startBaresip(options: BaresipOptions): Promise<Baresip> {
  const program = findProgram('baresip');
  if (program === undefined) {
    throw new Error('baresip is not installed: apt-get install baresip-core');
  }
  return await retryOtherPorts(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'callcast-baresip-'));
    const ports = { sip: await findSipPort(), control: await findFreePort() };
    writeFolder(folder, options, ports);
    const process = await startForeignProgram({
      program,
      args: ['-4', '-s', '-v', '-f', folder],
      folder,
      isReady: (log) => isReady(log, options.accounts),
      environment: { HOME: folder },
    });
    const control = await BaresipControl.open(HOST, ports.control);
    return new BaresipProcess({ process, control, port: ports.sip, accounts: options.accounts });
  });
}

function isReady(log: string, accounts: readonly BaresipAccount[]): boolean {
  const isRegistered = ({ user, registrar }: BaresipAccount): boolean =>
    registrar === undefined ||
    new RegExp(`^${user}@${registrar.domain}: \\{\\S+\\} 200 `, 'm').test(log);
  return log.includes('baresip is ready') && accounts.every(isRegistered);
}

interface Ports {
  /** UDP and TCP; TLS is the next one. */
  readonly sip: number;
  readonly control: number;
}

async function findSipPort(): Promise<number> {
  for (;;) {
    const port = await findFreePort({ alsoUdp: true });
    const next = await findFreePort({ preferred: port + 1 });
    if (next === port + 1) return port;
  }
}

function writeFolder(folder: string, options: BaresipOptions, ports: Ports): void {
  const { accounts, maxCalls = 4, takesRtcpMux = false, tls } = options;
  if (tls !== undefined) writeFileSync(join(folder, CERTIFICATE_FILE), tls.certificate + tls.key);
  const lines = [
    `sip_listen ${HOST}:${ports.sip}`,
    ...(tls === undefined ? [] : [`sip_certificate ${join(folder, CERTIFICATE_FILE)}`]),
    // It leaves the loopback interface out when it looks for an address itself.
    `net_interface ${HOST}`,
    `call_max_calls ${maxCalls}`,
    `rtcp_mux ${takesRtcpMux ? 'yes' : 'no'}`,
    // All that its generator of tones can do; it resamples for the codec.
    ...['ausrc_srate 48000', 'ausrc_channels 2', 'ausrc_format s16'],
    `module_path ${MODULE_FOLDER}`,
    'module ausine.so',
    ...[...new Set(accounts.map(({ codec = 'PCMU' }) => `module ${CODECS[codec].module}`))],
    ...(accounts.some(({ srtp }) => srtp !== undefined) ? ['module srtp.so'] : []),
    ...['module_tmp account.so', 'module_app menu.so'],
    ...['module_app ctrl_tcp.so', `ctrl_tcp_listen ${HOST}:${ports.control}`],
  ];
  writeFileSync(join(folder, 'config'), `${lines.join('\n')}\n`);
  const lists = accounts.map((account) => accountLine(account, ports.sip));
  writeFileSync(join(folder, 'accounts'), `${lists.join('\n')}\n`);
  writeFileSync(join(folder, 'contacts'), '');
}

function accountOf({ user, registrar }: BaresipAccount, port: number): string {
  return `sip:${user}@${registrar?.domain ?? `${HOST}:${port}`}`;
}

function accountLine(account: BaresipAccount, port: number): string {
  const { user, registrar, isAutoAnswer = true, toneHz, codec = 'PCMU', srtp } = account;
  const registration =
    registrar === undefined
      ? ['regint=0']
      : [
          `outbound="${registrar.proxyUri}"`,
          ...['regint=60', `auth_user=${user}`, `auth_pass=${registrar.password}`],
        ];
  const answers = `answermode=${isAutoAnswer ? 'auto' : 'manual'}`;
  const audio = [`audio_codecs=${CODECS[codec].name}`, `audio_source=ausine,${toneHz}`];
  const encryption = srtp === undefined ? [] : [`mediaenc=${ENCRYPTIONS[srtp]}`];
  const parts = [...registration, answers, ...audio, ...encryption];
  return [`<${accountOf(account, port)}>`, ...parts].join(';');
}

interface Parts {
  readonly process: ForeignProgram;
  readonly control: BaresipControl;
  readonly port: number;
  readonly accounts: readonly BaresipAccount[];
}

class BaresipProcess implements Baresip {
  readonly #process: ForeignProgram;
  readonly #control: BaresipControl;
  readonly #port: number;
  /** `sip:user@domain` by user. */
  readonly #accounts: ReadonlyMap<string, string>;

  constructor({ process, control, port, accounts }: Parts) {
    this.#process = process;
    this.#control = control;
    this.#port = port;
    this.#accounts = new Map(accounts.map((each) => [each.user, accountOf(each, port)]));
  }

  uri(user: string, transport: 'udp' | 'tcp' | 'tls' = 'udp'): string {
    const port = transport === 'tls' ? this.#port + 1 : this.#port;
    return `sip:${user}@${HOST}:${port};transport=${transport}`;
  }

  mark(): number {
    return this.#control.events.length;
  }

  until(type: string, user: string, from?: number): Promise<BaresipEvent> {
    return this.#control.until(type, this.#account(user), from);
  }

  all(type: string, user: string): readonly BaresipEvent[] {
    const account = this.#account(user);
    const isWanted = (event: BaresipEvent): boolean =>
      event.type === type && event.account === account;
    return this.#control.events.filter(isWanted);
  }

  async command(user: string, command: string): Promise<void> {
    // A call that comes in between, such as that of another test, would make its own user the chosen one.
    await this.#control.command({ command: 'uafind', params: this.#account(user) }, { command });
  }

  log(): string {
    return this.#process.log();
  }

  async stop(): Promise<void> {
    this.#control.close();
    await this.#process.stop();
  }

  #account(user: string): string {
    const account = this.#accounts.get(user);
    if (account === undefined) throw new Error(`baresip has no user ${user}`);
    return account;
  }
}
