export { openTracer } from './otel-tracer.ts';
