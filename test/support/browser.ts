import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import type { Browser } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';
/** Without the sandbox it runs as root too, without a gesture it plays. */
const ARGUMENTS = [
  ...['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--mute-audio'],
  // It asks no host but ours.
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
/** It ends with the pipe between us, whatever ends us. */
const SIGNALS = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };

/** Debian's Chromium, without a window. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: PROGRAM, args: ARGUMENTS, ...SIGNALS });

/** What the server answers. */
export interface WebFile {
  readonly type: string;
  readonly body: Uint8Array | string;
}

/** A page in Chromium, and the server on 127.0.0.1 it is from. */
export interface BrowserPage {
  /** What the page may fetch, by path; may grow. */
  readonly files: Map<string, WebFile>;
  /** Calls a function that the page's script has put on `window`, and waits for what it promises. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown>;
  close(): Promise<void>;
}

/** Opens an empty page that runs these scripts, by path; modules end in `.mjs`. */
export async function openPage(
  scripts: ReadonlyMap<string, WebFile['body']>,
): Promise<BrowserPage> {
  const files = new Map<string, WebFile>();
  const tags = [...scripts].map(([path, body]) => {
    files.set(path, { type: 'text/javascript', body });
    const kind = path.endsWith('.mjs') ? ' type="module"' : '';
    return `<script src="${path}"${kind}></script>`;
  });
  files.set('/', { type: 'text/html', body: `<!doctype html><title>-</title>${tags.join('')}` });
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    response.writeHead(file === undefined ? 404 : 200, {
      'content-type': file?.type ?? 'text/plain',
    });
    response.end(file?.body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const browser = await launchBrowser();
  const close = async (): Promise<void> => {
    await browser.close();
    server.closeAllConnections();
    await once(server.close(), 'close');
  };
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    const call: BrowserPage['call'] = (name, ...args) => page.evaluate(callByName, { name, args });
    return { files, call, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs in the page. */
function callByName({ name, args }: { name: string; args: readonly unknown[] }): unknown {
  const callee: unknown = Reflect.get(globalThis, name);
  if (typeof callee !== 'function') throw new Error(`the page has no ${name}`);
  return Reflect.apply(callee, undefined, args);
}
