export { FolderBusyError } from './folder-lock.ts';
export { findFreePort } from './free-port.ts';
export { LocalServices } from './local-services.ts';
export type { LocalServicesOptions, ServiceEndpoints } from './local-services.ts';
export { endProcess, identifyProcess } from './process-identity.ts';
export type { ProcessIdentity } from './process-identity.ts';
export { findProgram } from './program-path.ts';
export { Watchdog } from './watchdog.ts';
