import { listFiles, modelInfo } from '@huggingface/hub';
import type { HubEntry, HubInterface } from './hub-interface.ts';

export const askCommit: HubInterface['askCommit'] = async ({ endpoint, repository, revision, request }) =>
  (await modelInfo({ name: repository, revision, hubUrl: endpoint, additionalFields: ['sha'], fetch: request })).sha;

export const askEntries: HubInterface['askEntries'] = async ({ endpoint, repository, revision, request }) => {
  const found: HubEntry[] = [];
  const repo = { type: 'model', name: repository } as const;
  for await (const entry of listFiles({ repo, revision, recursive: true, hubUrl: endpoint, fetch: request })) found.push(entry);
  return found;
};
