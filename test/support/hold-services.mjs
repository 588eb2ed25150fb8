// Holds local services in the folder given until killed; prints where they are as one JSON line.
import { setInterval } from 'node:timers';
import { LocalServices } from '#adapters/services-local';
import { silentLogger } from '#foundation';

const services = new LocalServices({
  folder: process.argv[2],
  logger: silentLogger,
  isDurable: false,
});
process.once('SIGTERM', () => void services.stop().then(() => process.exit(0)));
try {
  await services.start();
  console.log(JSON.stringify(services.endpoints));
} catch (error) {
  console.log(JSON.stringify({ error: error.name, message: error.message }));
  process.exit(1);
}
setInterval(() => undefined, 1000);
