import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The script of the page; long enough to be worth packing. */
export const SCRIPT = `console.log('the dashboard');\n`.repeat(200);

const PAGE = `<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><div id="root"></div>`;

/** A folder with a dashboard as small as one can be, and beside it a file that is none of its. */
export async function makeDashboard(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const place = await mkdtemp(join(tmpdir(), 'callcast-dashboard-'));
  const folder = join(place, 'built');
  await mkdir(join(folder, 'assets'), { recursive: true });
  await writeFile(join(place, 'secret.txt'), 'beside the dashboard');
  await writeFile(join(folder, 'index.html'), PAGE);
  await writeFile(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(folder, 'assets', 'index-0a1b2c3d.js'), SCRIPT);
  return { folder, remove: () => rm(place, { recursive: true }) };
}
