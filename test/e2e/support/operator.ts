import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchBrowser } from '../../support/browser.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Pictures of every page, to be looked at. */
const PICTURES = join(ROOT, '.callcast', 'screenshots');

/** How a page is looked at. */
const LOOKS = [
  { name: 'desktop-light', width: 1440, height: 900, colorScheme: 'light' },
  { name: 'desktop-dark', width: 1440, height: 900, colorScheme: 'dark' },
  { name: 'phone-light', width: 360, height: 760, colorScheme: 'light' },
  { name: 'phone-dark', width: 360, height: 760, colorScheme: 'dark' },
] as const;

/** What a page must not do. */
interface PageFaults {
  /** Of axe-core: rule and first element. */
  readonly axe: readonly string[];
  /** By how many pixels it is wider than the screen. */
  readonly tooWide: number;
}

/** Somebody at the dashboard, in a browser of their own. */
export class Operator {
  readonly page: Page;
  /** What the console and the policy of the page have complained about. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #context: BrowserContext;

  private constructor(browser: Browser, context: BrowserContext, page: Page) {
    this.#browser = browser;
    this.#context = context;
    this.page = page;
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  static async open(apiUrl: string): Promise<Operator> {
    const browser = await launchBrowser();
    const context = await browser.newContext({
      ...{ baseURL: apiUrl, viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
    });
    return new Operator(browser, context, await context.newPage());
  }

  async close(): Promise<void> {
    await this.#context.close();
    await this.#browser.close();
  }

  async signIn(apiKey: string): Promise<void> {
    await this.page.goto('/dashboard/');
    await this.page.getByLabel('API key').fill(apiKey);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await this.page.getByRole('heading', { name: 'Bridges' }).waitFor();
    // Chromium complains of the answer that nobody has signed in.
    this.complaints.splice(0);
  }

  /** Takes pictures of what is shown in every look, and says what is wrong with it. */
  async look(name: string): Promise<PageFaults> {
    mkdirSync(PICTURES, { recursive: true });
    const axe = new Set<string>();
    let tooWide = 0;
    for (const { name: look, width, height, colorScheme } of LOOKS) {
      await this.page.setViewportSize({ width, height });
      await this.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await this.page.evaluate(TWO_FRAMES);
      for (const fault of await this.#axe()) axe.add(`${look}: ${fault}`);
      tooWide = Math.max(tooWide, await this.page.evaluate<number>(OVERHANG));
      await this.page.screenshot({ path: join(PICTURES, `${name}-${look}.png`) });
    }
    await this.page.setViewportSize({ width: 1440, height: 900 });
    await this.page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
    return { axe: [...axe], tooWide };
  }

  /** By the debugger, since the page's policy lets in no foreign script. */
  async #axe(): Promise<string[]> {
    const session = await this.#context.newCDPSession(this.page);
    try {
      const { result } = await session.send('Runtime.evaluate', {
        expression: `${AXE};${RUN_AXE}`,
        ...{ awaitPromise: true, returnByValue: true },
      });
      return result.value as string[];
    } finally {
      await session.detach();
    }
  }
}

const RUN_AXE = `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
  .then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html.slice(0, 200)))`;

/** These run in the page. */
const OVERHANG = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
const TWO_FRAMES =
  'new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve())))';
