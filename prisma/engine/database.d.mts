export function createDatabase(databaseUrl: string): Promise<string>;
export function dropDatabase(databaseUrl: string): Promise<void>;
