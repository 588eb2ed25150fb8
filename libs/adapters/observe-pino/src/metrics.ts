import { Registry, collectDefaultMetrics } from 'prom-client';

/** How often the delay of the event loop is sampled: each sample wakes a process that has nothing else to do. */
const LOOP_SAMPLE_MS = 100;

/** The metrics of one process: those of Node.js to begin with; the app adds its own to the registry. */
export function openMetrics(labels: Readonly<Record<string, string>> = {}): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ ...labels });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_SAMPLE_MS });
  return registry;
}
