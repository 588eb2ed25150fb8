import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import { settingProblems } from '#contracts';
import { Fault } from '#domain';
import { Secret } from '#foundation';
import { codeOf } from '../transport/stream-kind.ts';
import type { TlsIdentity, TlsListenOptions, TlsOptions, TlsPeerOptions } from './tls-options.ts';

const DEFAULT_PORT = 5061;

const path = z.string().min(1);
const domain = z
  .string()
  .regex(/^(?:\*\.)?[\w.:-]{1,253}$/, 'must be a host name, an address, or *. and a domain')
  .toLowerCase();

const fileSchema = z.strictObject({
  listen: z
    .strictObject({
      port: z.int().min(0).max(65_535).default(DEFAULT_PORT),
      certificate: path,
      key: path,
      ca: path.optional(),
      requireClientCertificate: z.boolean().default(false),
    })
    .refine(({ ca, requireClientCertificate }) => requireClientCertificate === (ca !== undefined), {
      path: ['ca'],
      error: 'goes together with requireClientCertificate: true, and neither without the other',
    })
    .optional(),
  peers: z
    .array(
      z
        .strictObject({
          domains: z.array(domain).min(1),
          ca: path.optional(),
          certificate: path.optional(),
          key: path.optional(),
          minVersion: z.enum(['TLSv1.2', 'TLSv1.3']).optional(),
        })
        .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
          path: ['key'],
          error: 'goes together with certificate',
        }),
    )
    .default([]),
});

type FileContent = z.output<typeof fileSchema>;

/**
 * Reads the TLS settings: a JSON file that names PEM files, which are looked for beside it.
 *
 * @throws Fault CONFIG_INVALID with every problem by field and file, and never a key.
 */
export function readTlsSettings(file: string): TlsOptions {
  const content = fileSchema.safeParse(readJson(file));
  if (!content.success) {
    const problems = settingProblems(content.error.issues);
    throw new Fault('CONFIG_INVALID', { detail: `${file}: ${problems.join('; ')}` });
  }
  const reader = new PemReader(file);
  const options = optionsOf(content.data, reader);
  if (reader.problems.length > 0) {
    throw new Fault('CONFIG_INVALID', { detail: reader.problems.join('; ') });
  }
  return options;
}

/** The same for a setting that may be unset; what is wrong is added to the problems of the settings. */
export function readTlsSetting(
  file: string | undefined,
  problems: string[],
): TlsOptions | undefined {
  if (file === undefined) return undefined;
  try {
    return readTlsSettings(file);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    problems.push(`CALLCAST_SIP_TLS: ${error.detail}`);
    return undefined;
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (error) {
    // The text of a syntax error quotes the file; its place would be welcome, its content is not.
    const why = error instanceof SyntaxError ? 'is no JSON' : whyUnread(error as Error);
    throw new Fault('CONFIG_INVALID', { detail: `${file}: ${why}`, cause: error });
  }
}

function whyUnread(error: Error): string {
  const code = codeOf(error);
  if (code === 'ENOENT') return 'there is no such file';
  return code === 'EACCES' ? 'may not be read' : `cannot be read (${code})`;
}

function whyUnusable(error: Error): string {
  const code = codeOf(error);
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return 'is not the key of the certificate';
  const isPem = code !== 'ERR_OSSL_PEM_NO_START_LINE';
  return isPem ? `cannot be used (${code})` : 'does not hold what it should, as PEM';
}

function optionsOf({ listen, peers }: FileContent, reader: PemReader): TlsOptions {
  return {
    listen: listen === undefined ? undefined : listenOptions(listen, reader),
    peers: peers.map((peer, index) => peerOptions(peer, `peers.${index}`, reader)),
  };
}

function listenOptions(
  listen: NonNullable<FileContent['listen']>,
  reader: PemReader,
): TlsListenOptions {
  return {
    port: listen.port,
    identity: reader.identity('listen', listen.certificate, listen.key),
    clientCa: listen.ca === undefined ? undefined : reader.certificates('listen.ca', listen.ca),
  };
}

function peerOptions(
  peer: FileContent['peers'][number],
  field: string,
  reader: PemReader,
): TlsPeerOptions {
  const { domains, ca, certificate, key, minVersion } = peer;
  return {
    domains,
    ca: ca === undefined ? undefined : reader.certificates(`${field}.ca`, ca),
    identity:
      certificate === undefined || key === undefined
        ? undefined
        : reader.identity(field, certificate, key),
    minVersion,
  };
}

/** Reads PEM files and gathers what is wrong with them. */
class PemReader {
  readonly problems: string[] = [];
  readonly #folder: string;

  constructor(file: string) {
    this.#folder = dirname(resolve(file));
  }

  certificates(field: string, file: string): string {
    const text = this.#read(field, file);
    this.#check(field, file, () => new X509Certificate(text));
    return text;
  }

  identity(field: string, certificateFile: string, keyFile: string): TlsIdentity {
    const certificate = this.certificates(`${field}.certificate`, certificateFile);
    const key = this.#read(`${field}.key`, keyFile);
    this.#check(`${field}.key`, keyFile, () => createSecureContext({ cert: certificate, key }));
    return { certificate, key: new Secret(key) };
  }

  #read(field: string, file: string): string {
    try {
      return readFileSync(resolve(this.#folder, file), 'utf8');
    } catch (error) {
      this.problems.push(`${field}: ${file}: ${whyUnread(error as Error)}`);
      return '';
    }
  }

  #check(field: string, file: string, use: () => unknown): void {
    if (this.problems.length > 0) return;
    try {
      use();
    } catch (error) {
      this.problems.push(`${field}: ${file}: ${whyUnusable(error as Error)}`);
    }
  }
}
