import type * as Otel from '@opentelemetry/api';
import { invariant, isTraceparent, systemTimers, withDeadline } from '#foundation';
import type { Logger, Service, Span, SpanEnd, SpanStart, Tracer } from '#foundation';

/** What a tracer is opened with. */
export interface TracerOptions {
  /** Takes OTLP over HTTP: a URL; without a path `/v1/traces` is asked. */
  readonly endpoint: string;
  /** Names the process: `callcast-api`. */
  readonly service: string;
  readonly logger: Logger;
}

/** How long a receiver may take for one batch, and the last one at the end. */
const EXPORT_MS = 5_000;
const FLUSH_MS = 3_000;
/** Spans are sent this often; what comes faster than 2048 in that time is dropped. */
const BATCH_MS = 1_000;

/** The packages are loaded when something is traced, and else not at all. */
async function openProvider({ endpoint, service }: TracerOptions) {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = '/v1/traces';
  const exporter = new OTLPTraceExporter({ url: url.href, timeoutMillis: EXPORT_MS });
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new sdk.BatchSpanProcessor(exporter, { scheduledDelayMillis: BATCH_MS })],
  });
  return { api, provider };
}

/** Of W3C Trace Context, section 3.2. */
const traceparentOf = ({ traceId, spanId, traceFlags }: Otel.SpanContext): string =>
  `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;

/** Told to an OpenTelemetry collector in batches. One that is away costs spans, and nothing else. */
class OtelTracer implements Tracer, Service {
  readonly #options: TracerOptions;
  #opened: Awaited<ReturnType<typeof openProvider>> | undefined;

  constructor(options: TracerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#opened ??= await openProvider(this.#options);
  }

  /** Sends what is left, for 3 s at most. */
  async stop(): Promise<void> {
    const opened = this.#opened;
    if (opened === undefined) return;
    try {
      await withDeadline(systemTimers, FLUSH_MS, 'the last spans', opened.provider.shutdown());
    } catch (error) {
      this.#options.logger.warn('traces.flush_failed', { error });
    }
  }

  /** After `start`. */
  begin(name: string, { kind, parent, facts = {}, atMs }: SpanStart): Span {
    invariant(this.#opened, 'spans begin after start()');
    const { api, provider } = this.#opened;
    const span = provider.getTracer('callcast').startSpan(
      name,
      {
        kind: api.SpanKind[KINDS[kind]],
        attributes: facts,
        ...(atMs === undefined ? {} : { startTime: atMs }),
      },
      contextOf(api, parent),
    );
    return {
      traceparent: traceparentOf(span.spanContext()),
      end: (end) => endSpan(api, span, end),
    };
  }
}

const KINDS = {
  server: 'SERVER',
  client: 'CLIENT',
  producer: 'PRODUCER',
  consumer: 'CONSUMER',
  internal: 'INTERNAL',
} as const satisfies Record<SpanStart['kind'], keyof typeof Otel.SpanKind>;

function contextOf(api: typeof Otel, parent: string | undefined): Otel.Context {
  if (!isTraceparent(parent)) return api.ROOT_CONTEXT;
  const [, traceId = '', spanId = '', flags = ''] = parent.split('-');
  return api.trace.setSpanContext(api.ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16),
    isRemote: true,
  });
}

function endSpan(api: typeof Otel, span: Otel.Span, { facts, failure, atMs }: SpanEnd = {}): void {
  if (facts !== undefined) span.setAttributes(facts);
  if (failure !== undefined) {
    span.setStatus({ code: api.SpanStatusCode.ERROR, message: failure });
  }
  span.end(atMs);
}

/** Opens the way to a collector; nothing is loaded or sent before start(). */
export const openTracer = (options: TracerOptions): Tracer & Service => new OtelTracer(options);
