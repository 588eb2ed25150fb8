export interface DatabaseAddress {
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly database: string;
  readonly schema: string;
  readonly connection: { readonly connectionString: string; readonly options: string };
}
export function readAddress(databaseUrl: string, database?: string): DatabaseAddress;
