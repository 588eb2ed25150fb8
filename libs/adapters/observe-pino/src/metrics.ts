import { Registry, collectDefaultMetrics } from 'prom-client';

/** The metrics of one process: those of Node.js to begin with; the app adds its own to the registry. */
export function openMetrics(labels: Readonly<Record<string, string>> = {}): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ ...labels });
  collectDefaultMetrics({ register: registry });
  return registry;
}
