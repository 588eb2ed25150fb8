import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const RUN_TIMEOUT_MS = 30_000;
const DAYS_VALID = 7;
const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];

/** Whom a certificate names. */
export interface CertificateRequest {
  /** Host names, also with a `*` in front. */
  readonly names?: readonly string[];
  /** IP address literals. */
  readonly addresses?: readonly string[];
  /** URIs, such as `sip:example.com`. */
  readonly uris?: readonly string[];
  /** Default: the first name or address. */
  readonly commonName?: string;
  /** Whether it ended yesterday. Default: false. */
  readonly isExpired?: boolean;
}

/** A certificate with its key, as files and as PEM text. */
export interface TestCertificate {
  readonly certificatePath: string;
  readonly keyPath: string;
  readonly certificate: string;
  readonly key: string;
}

/** A certificate authority to throw away, made by the `openssl` command. Its keys are of no worth to anybody. */
export class TestCa {
  /** Its own certificate: what a peer has to trust. */
  readonly certificatePath: string;
  readonly certificate: string;
  readonly #folder: string;
  #issuedCount = 0;

  private constructor(folder: string, certificate: string) {
    this.#folder = folder;
    this.certificatePath = join(folder, 'ca.pem');
    this.certificate = certificate;
  }

  /**
   * Makes one in a folder, which is made if it is missing; several need folders of their own.
   * @throws Error when openssl is not installed.
   */
  static async create(folder: string): Promise<TestCa> {
    await mkdir(folder, { recursive: true });
    await openssl(folder, [
      ...['req', '-x509', ...EC_KEY, '-keyout', 'ca.key', '-out', 'ca.pem'],
      ...['-days', String(DAYS_VALID), '-subj', '/CN=Callcast test CA'],
      ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    ]);
    return new TestCa(folder, await readFile(join(folder, 'ca.pem'), 'utf8'));
  }

  /** Issues a certificate for servers and clients alike. */
  async issue(request: CertificateRequest): Promise<TestCertificate> {
    this.#issuedCount += 1;
    const file = (ending: string): string => `issued-${this.#issuedCount}.${ending}`;
    const names = (request.names ?? []).map((name) => `DNS:${name}`);
    const addresses = (request.addresses ?? []).map((address) => `IP:${address}`);
    const commonName = request.commonName ?? request.names?.[0] ?? request.addresses?.[0] ?? 'any';
    const uris = (request.uris ?? []).map((uri) => `URI:${uri}`);
    const others = [...names, ...addresses, ...uris].join(',');
    await openssl(this.#folder, [
      ...['req', '-new', ...EC_KEY, '-keyout', file('key'), '-out', file('csr')],
      ...['-subj', `/CN=${commonName}`],
      ...(others === '' ? [] : ['-addext', `subjectAltName=${others}`]),
    ]);
    await openssl(this.#folder, [
      ...['x509', '-req', '-in', file('csr'), '-out', file('pem'), '-copy_extensions', 'copyall'],
      ...['-CA', 'ca.pem', '-CAkey', 'ca.key'],
      ...['-days', request.isExpired === true ? '-1' : String(DAYS_VALID)],
    ]);
    const certificatePath = join(this.#folder, file('pem'));
    const keyPath = join(this.#folder, file('key'));
    const [certificate, key] = await Promise.all([
      readFile(certificatePath, 'utf8'),
      readFile(keyPath, 'utf8'),
    ]);
    return { certificatePath, keyPath, certificate, key };
  }
}

/** A certificate that nobody but itself certifies, for a name. */
export async function selfSigned(
  folder: string,
  name: string,
): Promise<Pick<TestCertificate, 'certificate' | 'key'>> {
  await openssl(folder, [
    ...['req', '-x509', ...EC_KEY, '-keyout', 'self.key', '-out', 'self.pem'],
    ...['-days', String(DAYS_VALID), '-subj', `/CN=${name}`],
    ...['-addext', `subjectAltName=DNS:${name}`],
  ]);
  const [certificate, key] = await Promise.all([
    readFile(join(folder, 'self.pem'), 'utf8'),
    readFile(join(folder, 'self.key'), 'utf8'),
  ]);
  return { certificate, key };
}

async function openssl(folder: string, args: readonly string[]): Promise<void> {
  await execute('openssl', args, { cwd: folder, timeout: RUN_TIMEOUT_MS });
}
