import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '#adapters/services-local';
import { Secret } from '#foundation';
import type {
  SignallingServer,
  SignallingServerOptions,
  TlsPeerOptions,
} from '#adapters/sip-transport';
import { TestCa } from '#testkit';
import type { TestCertificate } from '#testkit';
import { OFFER, SignallingWorld } from '../../support/signalling-world.ts';
import { rejection } from '../../support/srf-client.ts';
import type { Srf } from '../../support/srf-client.ts';

/** Two authorities, one of them trusted, with folders that go again. */
export class TlsWorld extends SignallingWorld {
  readonly #folder: string;
  readonly trusted: TestCa;
  readonly stranger: TestCa;

  private constructor(folder: string, trusted: TestCa, stranger: TestCa) {
    super();
    this.#folder = folder;
    this.trusted = trusted;
    this.stranger = stranger;
  }

  static async create(): Promise<TlsWorld> {
    const folder = await mkdtemp(join(tmpdir(), 'callcast-tls-'));
    return new TlsWorld(
      folder,
      await TestCa.create(join(folder, 'trusted')),
      await TestCa.create(join(folder, 'stranger')),
    );
  }

  /** A server that trusts the first authority for all names and addresses of this machine. */
  async tlsServer(
    peer: Partial<TlsPeerOptions> = {},
    others: readonly TlsPeerOptions[] = [],
    options: Partial<SignallingServerOptions> = {},
  ): Promise<SignallingServer> {
    const domains = [
      'localhost',
      '*.localhost',
      '*.sip.localhost',
      '*.b.sip.localhost',
      '127.0.0.1',
      '::1',
    ];
    const peers = [{ domains, ca: this.trusted.certificate, ...peer }, ...others];
    return await this.server({ sip: { host: '127.0.0.1', port: 0, tls: { peers } }, ...options });
  }

  /** Removes the authorities. */
  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** The reason phrase of the response that a call fails with. */
export async function failureOf(srf: Srf, uri: string): Promise<string> {
  const error = await rejection(srf.createUAC(uri, { localSdp: OFFER }));
  return `${error.status} ${(error as { reason?: string }).reason}`;
}

/** A certificate as the server's options want it. */
export const identityOf = ({ certificate, key }: Pick<TestCertificate, 'certificate' | 'key'>) => ({
  certificate,
  key: new Secret(key),
});

/** What `openssl s_client` says and hears until a pattern is in it. */
export async function opensslClient(
  port: number,
  args: readonly string[],
  talk: { readonly input: string; readonly until: RegExp },
): Promise<string> {
  const program = findProgram('openssl');
  if (program === undefined) throw new Error('openssl is not installed');
  const child = spawn(program, ['s_client', '-connect', `127.0.0.1:${port}`, '-quiet', ...args]);
  let heard = '';
  return await new Promise((resolve, reject) => {
    const take = (bytes: Buffer): void => {
      heard += bytes.toString('latin1');
      if (talk.until.test(heard)) child.kill('SIGKILL');
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.stdin.on('error', () => undefined);
    child.once('error', reject);
    child.once('close', () => resolve(heard));
    child.stdin.write(talk.input);
  });
}
