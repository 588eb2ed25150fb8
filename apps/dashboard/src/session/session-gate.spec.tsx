import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen } from '@testing-library/react';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SessionGate } from './session-gate.tsx';

const SESSION = {
  ...{ keyId: 'bootstrap', appKey: 'default', scope: 'admin', allApps: true },
  ...{ csrfToken: 'token', expiresAt: '2026-01-02T00:00:00Z' },
};

/** What the API answers, by method and path, and what it was asked. */
class Api {
  readonly asked: { readonly line: string; readonly init: RequestInit }[] = [];
  readonly answers = new Map<string, () => Response>();

  readonly fetch = (place: string | URL, init: RequestInit = {}): Promise<Response> => {
    const { pathname } = new URL(place, 'http://localhost');
    const line = `${init.method ?? 'GET'} ${pathname}`;
    this.asked.push({ line, init });
    const answer = this.answers.get(line);
    return answer === undefined ? new Promise(() => undefined) : Promise.resolve(answer());
  };
}

const json = (status: number, body: object) => (): Response => Response.json(body, { status });

let api: Api;

beforeEach(() => {
  api = new Api();
  vi.stubGlobal('fetch', api.fetch);
});

function open(): void {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={client}>
        <SessionGate />
      </QueryClientProvider>
    </MantineProvider>,
  );
}

async function enterKey(key: string): Promise<void> {
  fireEvent.change(await screen.findByLabelText(/API key/), { target: { value: key } });
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }));
}

describe('the way in', () => {
  it('says in the words of the API why somebody is not let in', async () => {
    api.answers.set('GET /dashboard/session', json(401, {}));
    api.answers.set('POST /dashboard/session', json(401, { detail: 'This key is none.' }));
    open();

    await enterKey(' wrong ');

    expect(await screen.findByText('This key is none.')).toBeTruthy();
    expect(api.asked.at(-1)?.init.body).toBe('{"apiKey":"wrong"}');
  });

  it('leads to the pages, and is there again when the session ends', async () => {
    api.answers.set('GET /dashboard/session', json(401, {}));
    api.answers.set('POST /dashboard/session', json(200, SESSION));
    api.answers.set('GET /v1/events', json(401, { code: 'KEY_INVALID', detail: 'Over.' }));
    open();

    await enterKey('right');

    expect(await screen.findByText('The session has ended. Please sign in again.')).toBeTruthy();
    const { init } = api.asked.find(({ line }) => line === 'GET /v1/events') ?? {};
    expect(new Headers(init?.headers).get('authorization')).toBeNull();
    expect(new Headers(init?.headers).get('x-csrf-token')).toBe('token');
  });

  it('says that the API cannot be reached, and asks again', async () => {
    api.answers.set('GET /dashboard/session', () => {
      throw new TypeError('no connection');
    });
    vi.stubGlobal(
      'fetch',
      async (place: string, init: RequestInit) => await api.fetch(place, init),
    );
    open();
    const again = await screen.findByRole('button', { name: 'Try again' });
    api.answers.set('GET /dashboard/session', json(401, {}));

    fireEvent.click(again);

    expect(await screen.findByLabelText(/API key/)).toBeTruthy();
  });
});
