/** A file or folder of a commit, as the hub lists it. */
export interface HubEntry {
  readonly type: string;
  readonly path: string;
  readonly size: number;
  /** Git's SHA-1. */
  readonly oid?: string | undefined;
  /** Of a file that is stored apart: its SHA-256 and its bytes. */
  readonly lfs?: { readonly oid: string; readonly size: number } | null | undefined;
  readonly xetHash?: string | undefined;
}

/** What is asked, of which hub, and through what. */
export interface HubQuestion {
  readonly endpoint: string;
  readonly repository: string;
  readonly revision: string;
  /** Gives good answers only. */
  readonly request: typeof fetch;
}

/** What the hub says of a repository. */
export interface HubInterface {
  /** The commit that a branch, a tag or a pull request has now. */
  askCommit(question: HubQuestion): Promise<unknown>;
  /** All files and folders of a commit. */
  askEntries(question: HubQuestion): Promise<readonly HubEntry[]>;
}
