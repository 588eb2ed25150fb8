import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, findProgram } from '#adapters/services-local';
import { retryOtherPorts, startForeignProgram } from '../foreign-program.ts';
import type { ForeignProgram } from '../foreign-program.ts';
import { buildKamailioConfig, buildTlsConfig } from './kamailio-config.ts';

/** Who may use it and how it challenges. */
export interface KamailioOptions {
  /** Passwords by user, of letters, digits and `_.-` only. */
  readonly users: Readonly<Record<string, string>>;
  /** Of its challenges. Default: MD5, without a word about the algorithm. */
  readonly algorithm?: 'MD5' | 'SHA-256';
  /** Longest life of a binding. Default: 60. */
  readonly maxExpiresSec?: number;
  /** PEM files. Default: no TLS. */
  readonly tls?: { readonly certificatePath: string; readonly keyPath: string };
}

/** How a request may come. */
export type SipTransport = 'udp' | 'tcp' | 'tls';

/** A request that it was sent, in its own words. */
export interface SeenRequest {
  readonly method: string;
  readonly transport: SipTransport;
  readonly callId: string;
  /** The life that a REGISTER asks for; 0 takes the binding off. */
  readonly expiresSec: number | undefined;
}

/** One contact of an address-of-record. */
export interface Binding {
  readonly contact: string;
  readonly expiresSec: number;
  readonly callId: string;
  readonly cseq: number;
}

/** A running Kamailio on 127.0.0.1: registrar and record-routing proxy, all state in memory. */
export interface Kamailio {
  /** A domain it is responsible for. It is in no DNS. */
  readonly domain: string;
  /** `127.0.0.1:PORT`. */
  address(transport: SipTransport): string;
  /** Its address as an outbound proxy. */
  proxyUri(transport: SipTransport): string;
  /** Every request so far, retransmissions too; ACKs to its own refusals are not seen. */
  requests(): readonly SeenRequest[];
  bindings(user: string): Promise<readonly Binding[]>;
  /** Transactions that it still remembers. */
  transactionCount(): Promise<number>;
  log(): string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
const DOMAIN = 'interop.test';
const MEMORY_MB = ['-m', '16', '-M', '4'];

/** Starts Kamailio. @throws Error when it or its TLS module is not installed, or it does not start. */
export async function startKamailio(options: KamailioOptions): Promise<Kamailio> {
  const program = findProgram('kamailio');
  if (program === undefined) {
    throw new Error('kamailio is not installed: apt-get install kamailio kamailio-tls-modules');
  }
  return await retryOtherPorts(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'callcast-kamailio-'));
    const ports = {
      port: await findFreePort({ alsoUdp: true }),
      tlsPort: await findFreePort(),
      rpcPort: await findFreePort(),
    };
    const tlsConfigPath = options.tls && join(folder, 'tls.cfg');
    if (options.tls !== undefined)
      writeFileSync(join(folder, 'tls.cfg'), buildTlsConfig(options.tls));
    const { users, algorithm = 'MD5', maxExpiresSec = 60 } = options;
    const at = { host: HOST, ...ports, domain: DOMAIN };
    const config = buildKamailioConfig({ ...at, users, algorithm, maxExpiresSec, tlsConfigPath });
    writeFileSync(join(folder, 'kamailio.cfg'), config);
    const process = await startForeignProgram({
      program,
      args: ['-DD', '-E', ...MEMORY_MB, '-f', 'kamailio.cfg', '-w', folder, '-Y', folder],
      folder,
      isReady: () => answers(ports.rpcPort),
    });
    return new KamailioProcess(process, ports);
  });
}

interface Ports {
  readonly port: number;
  readonly tlsPort: number;
  readonly rpcPort: number;
}

class KamailioProcess implements Kamailio {
  readonly domain = DOMAIN;
  readonly #process: ForeignProgram;
  readonly #ports: Ports;

  constructor(process: ForeignProgram, ports: Ports) {
    this.#process = process;
    this.#ports = ports;
  }

  address(transport: SipTransport): string {
    return `${HOST}:${transport === 'tls' ? this.#ports.tlsPort : this.#ports.port}`;
  }

  proxyUri(transport: SipTransport): string {
    return `sip:${this.address(transport)};transport=${transport}`;
  }

  requests(): readonly SeenRequest[] {
    const lines = this.log().matchAll(/: request ([A-Z]+) (udp|tcp|tls) (\S+) (\S+)$/gm);
    return [...lines].map(([, method = '', transport, callId = '', expires = '']) => ({
      method,
      transport: transport as SipTransport,
      callId,
      expiresSec: /^\d+$/.test(expires) ? Number(expires) : undefined,
    }));
  }

  async bindings(user: string): Promise<readonly Binding[]> {
    const dump = await callRpc<LocationDump>(this.#ports.rpcPort, 'ul.dump');
    return dump.Domains.flatMap(({ Domain }) => Domain.AoRs)
      .filter(({ Info }) => Info.AoR === user)
      .flatMap(({ Info }) => Info.Contacts)
      .map(({ Contact }) => ({
        contact: Contact.Address,
        expiresSec: typeof Contact.Expires === 'number' ? Contact.Expires : 0,
        callId: Contact['Call-ID'],
        cseq: Contact.CSeq,
      }))
      .filter(({ expiresSec }) => expiresSec > 0);
  }

  async transactionCount(): Promise<number> {
    return (await callRpc<{ current: number }>(this.#ports.rpcPort, 'tm.stats')).current;
  }

  log(): string {
    return this.#process.log();
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}

/** What ul.dump gives, as far as it is looked at. */
interface LocationDump {
  readonly Domains: readonly {
    readonly Domain: { readonly AoRs: readonly { readonly Info: AddressOfRecord }[] };
  }[];
}

interface AddressOfRecord {
  readonly AoR: string;
  readonly Contacts: readonly {
    readonly Contact: {
      readonly Address: string;
      /** Seconds left, or a word such as `expired` and `deleted`. */
      readonly Expires: number | string;
      readonly 'Call-ID': string;
      readonly CSeq: number;
    };
  }[];
}

async function callRpc<T>(port: number, method: string): Promise<T> {
  const response = await fetch(`http://${HOST}:${port}/RPC`, {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', method, id: 1 }),
    // A connection that is kept would outlive the server.
    headers: { connection: 'close' },
  });
  return ((await response.json()) as { result: T }).result;
}

/** Its sockets listen before its processes work. */
async function answers(rpcPort: number): Promise<boolean> {
  return await callRpc(rpcPort, 'core.uptime').then(
    () => true,
    () => false,
  );
}
