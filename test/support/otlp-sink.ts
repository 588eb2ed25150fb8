import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as a collector is told it (OTLP, JSON encoding). */
export interface ToldSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status: { readonly code?: number };
  readonly service: string;
}

interface Told {
  readonly resourceSpans: readonly {
    readonly resource: {
      readonly attributes: readonly { key: string; value: { stringValue?: string } }[];
    };
    readonly scopeSpans: readonly { readonly spans: readonly Omit<ToldSpan, 'service'>[] }[];
  }[];
}

const spansOf = ({ resourceSpans }: Told): ToldSpan[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const named = resource.attributes.find(({ key }) => key === 'service.name');
    const service = named?.value.stringValue ?? '';
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...span, service })));
  });

/** An OpenTelemetry collector of a test. */
export interface OtlpSink {
  readonly url: string;
  readonly spans: readonly ToldSpan[];
  /** Everything that came, as it came. */
  readonly text: string;
  /** Resolves when such a span has been told. */
  until(is: (span: ToldSpan) => boolean): Promise<ToldSpan>;
  close(): void;
}

export async function openOtlpSink(): Promise<OtlpSink> {
  const bodies: string[] = [];
  const spans: ToldSpan[] = [];
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      bodies.push(`${request.url} ${JSON.stringify(request.headers)} ${body}`);
      spans.push(...spansOf(JSON.parse(body) as Told));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      for (const look of waiting) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    get text() {
      return bodies.join('\n');
    },
    until: (is) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = spans.find(is);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
