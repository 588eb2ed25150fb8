import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const gzipped = promisify(gzip);
const brotlied = promisify(brotliCompress);

/** Where the dashboard is built: beside the processes, also where they run from their sources. */
export const BUILT_DASHBOARD = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../../../../dist/apps/dashboard' : '../../../dashboard',
    import.meta.url,
  ),
);

/** More is not the dashboard: all of it is kept in memory. */
const MOST_FILES = 500;
const MOST_BYTES = 32 * 1024 * 1024;
const INDEX = 'index.html';

const OPAQUE = { type: 'application/octet-stream', isText: false };
const TYPES: ReadonlyMap<string, { readonly type: string; readonly isText: boolean }> = new Map([
  ['.html', { type: 'text/html; charset=utf-8', isText: true }],
  ['.js', { type: 'text/javascript; charset=utf-8', isText: true }],
  ['.css', { type: 'text/css; charset=utf-8', isText: true }],
  ['.json', { type: 'application/json', isText: true }],
  ['.webmanifest', { type: 'application/manifest+json', isText: true }],
  ['.txt', { type: 'text/plain; charset=utf-8', isText: true }],
  ['.svg', { type: 'image/svg+xml', isText: true }],
  ['.png', { type: 'image/png', isText: false }],
  ['.ico', { type: 'image/x-icon', isText: false }],
  ['.woff2', { type: 'font/woff2', isText: false }],
  ['.wasm', { type: 'application/wasm', isText: false }],
]);

/** How the bytes of an answer are packed. */
export type Packing = 'br' | 'gzip' | undefined;

/** A file as it was when the process began. */
export class PageFile {
  readonly type: string;
  /** Its name holds a hash of its content: what it is never changes. */
  readonly isHashed: boolean;
  readonly #bytes: Buffer;
  readonly #isText: boolean;
  readonly #digest: string;
  readonly #packed = new Map<Packing, Promise<Buffer>>();

  constructor(name: string, bytes: Buffer) {
    const { type, isText } = TYPES.get(extname(name)) ?? OPAQUE;
    this.type = type;
    this.isHashed = name.startsWith('assets/');
    this.#bytes = bytes;
    this.#isText = isText;
    this.#digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
  }

  get text(): string {
    return this.#bytes.toString('utf8');
  }

  /** Whether its bytes differ from one packing to another. */
  get isPackable(): boolean {
    return this.#isText;
  }

  /** Which of the packings that a browser takes it is sent in (RFC 9110 section 12.5.3). */
  packingFor(acceptEncoding: string): Packing {
    if (!this.#isText) return undefined;
    const taken = acceptEncoding
      .toLowerCase()
      .split(',')
      .map((part) => part.trim())
      .filter((part) => !/;\s*q=0(?:\.0*)?$/.test(part))
      .map((part) => part.split(';', 1)[0]?.trim());
    return (['br', 'gzip'] as const).find((packing) => taken.includes(packing));
  }

  etag(packing: Packing): string {
    return `"${this.#digest}${packing === undefined ? '' : `-${packing}`}"`;
  }

  /** Its bytes, packed once. */
  bytes(packing: Packing): Promise<Buffer> {
    const known = this.#packed.get(packing);
    if (known !== undefined) return known;
    const packed = this.#pack(packing);
    this.#packed.set(packing, packed);
    return packed;
  }

  async #pack(packing: Packing): Promise<Buffer> {
    if (packing === undefined) return this.#bytes;
    if (packing === 'gzip') return await gzipped(this.#bytes, { level: 9 });
    return await brotlied(this.#bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
  }
}

/** The files of the dashboard, all known by name: nothing else of the disk can be asked for. */
export class PageFiles {
  readonly #files: ReadonlyMap<string, PageFile>;

  private constructor(files: ReadonlyMap<string, PageFile>) {
    this.#files = files;
  }

  /** Reads a folder. Without one there are no files: the dashboard was not built. */
  static async read(folder: string): Promise<PageFiles> {
    const files = new Map<string, PageFile>();
    let left = MOST_BYTES;
    for (const path of (await filesIn(folder)).slice(0, MOST_FILES)) {
      const bytes = await readFile(path);
      left -= bytes.length;
      if (left < 0) break;
      const name = relative(folder, path).split(sep).join('/');
      files.set(name, new PageFile(name, bytes));
    }
    return new PageFiles(files);
  }

  /** The page; undefined where it was not built. */
  get index(): PageFile | undefined {
    return this.#files.get(INDEX);
  }

  /**
   * What stands below the dashboard's address. Paths without an extension are places within the page.
   * @param path Without a leading slash.
   */
  find(path: string): PageFile | undefined {
    return /\.\w{1,12}$/.test(path) ? this.#files.get(path) : this.index;
  }
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
