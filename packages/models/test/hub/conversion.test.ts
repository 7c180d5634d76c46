import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeSafetensors } from '@longspan/core-tensor';
import { withBackend } from '@longspan/tooling/expect';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type FromPretrainedOptions, fromPretrained } from '../../src/pretrained/from-pretrained.ts';
import { checkpointOf, json, smallConfig, smallWeights } from '../checkpoint.ts';
import { torchFileOf } from '../torch-bytes.ts';
import { type PlayedHub, playHub } from './played-hub.ts';

beforeAll(() => withBackend('cpu'));
const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);

let hub: PlayedHub;
let cache: string;
let commit: string;
let safetensors: Uint8Array;

beforeEach(async () => {
  warn.mockClear();
  const weights = (await smallWeights()) as Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Float32Array }>>;
  safetensors = checkpointOf(weights as never)['model.safetensors'] as Uint8Array;
  const zeros = Object.entries(weights).map(([name, { shape, values }]) => [name, { shape, values: values.map(() => 0) }]);
  hub = await playHub();
  cache = await mkdtemp(join(tmpdir(), 'longspan conversion '));
  commit = hub.push({ 'config.json': json(smallConfig), 'pytorch_model.bin': torchFileOf(Object.fromEntries(zeros)) }, [
    'pytorch_model.bin',
  ]);
});
afterEach(async () => {
  await hub.close();
  await rm(cache, { recursive: true });
});

/** What was loaded; whether it was the conversion, whose numbers are not all 0; and what was asked for. */
async function loaded(options: FromPretrainedOptions = {}) {
  hub.came.length = 0;
  const { parameters, report, dispose } = await fromPretrained('org/tiny', { endpoint: hub.endpoint, cache, ...options });
  const values = await parameters['encoder.layer.0.output.dense.weight']?.data();
  dispose();
  const names = report.files.map(({ name }) => name);
  return { names, isConverted: values?.some((value) => value !== 0), told: report.conversion, asked: hub.came.map(({ kind }) => kind) };
}

it("a repository in torch's form alone gives the weights of the converter's pull request, and says so", async () => {
  const { commit: proposed } = hub.propose({ 'model.safetensors': safetensors });
  const told = { revision: 'refs/pr/1', reason: 'pull request 1 of SFconvertbot' };
  expect(await loaded()).toMatchObject({ names: ['model.safetensors'], isConverted: true, told });
  expect(hub.came.some(({ url }) => url.includes('pytorch_model.bin'))).toBe(false);
  expect(hub.came.map(({ url }) => url).find((url) => url.includes('discussions'))).toBe(
    '/api/models/org/tiny/discussions?type=pull_request&status=open&author=SFconvertbot&p=0',
  );
  expect(warn.mock.calls.flat().join('\n')).toContain(
    "weights of refs/pr/1: pull request 1 of SFconvertbot, for here they are in torch's form.",
  );
  const again = { names: ['model.safetensors'], isConverted: true, told: { revision: proposed } };
  const second = await loaded();
  expect(second).toMatchObject(again);
  expect(second.asked).toEqual(['revision']); // what was found is remembered
  const offline = await loaded({ offline: true });
  expect(offline).toMatchObject({ ...again, asked: [] });
});

it('a conversion in several files is read as one', async () => {
  const map = Object.fromEntries(Object.keys(await smallWeights()).map((name) => [name, 'model-00001-of-00001.safetensors']));
  hub.propose({ 'model-00001-of-00001.safetensors': safetensors, 'model.safetensors.index.json': json({ weight_map: map }) });
  expect(await loaded()).toMatchObject({ names: ['model-00001-of-00001.safetensors'], isConverted: true });
});

it.each([
  ['is closed', { status: 'closed' }],
  ['is of somebody else', { author: 'somebody' }],
  ['has another title', { title: 'Adding weights' }],
  ['is a discussion', { isPullRequest: false }],
  ['is made of another commit', { parent: 'a'.repeat(40) }],
])("a pull request that %s is passed over, and the repository's own weights are read", async (_, words) => {
  hub.propose({ 'model.safetensors': safetensors }, words);
  const reason = `SFconvertbot has no open pull request made of commit ${commit.slice(0, 7)}`;
  expect(await loaded()).toMatchObject({ names: ['pytorch_model.bin'], isConverted: false, told: { reason } });
  hub.propose({ 'model.safetensors': safetensors }); // the right one stands behind it
  expect(await loaded()).toMatchObject({ names: ['model.safetensors'], isConverted: true, told: { revision: 'refs/pr/2' } });
});

it('one that holds no safetensors leaves the own weights', async () => {
  hub.propose({ 'README.md': new Uint8Array(3) });
  const told = { reason: 'refs/pr/1 has no model.safetensors' };
  expect(await loaded()).toMatchObject({ names: ['pytorch_model.bin'], told });
});

it.each([401, 403, 404])('a hub that answers %i for pull requests leaves the own weights, and is told of', async (status) => {
  hub.propose({ 'model.safetensors': safetensors });
  hub.fault = ({ kind }) => (kind === 'discussions' ? { status } : undefined);
  const { told, ...found } = await loaded();
  expect(found).toMatchObject({ names: ['pytorch_model.bin'], isConverted: false });
  expect(told?.reason).toBe(
    `the hub did not say whether SFconvertbot has a pull request: ${status} from ${hub.endpoint}/api/models/org/tiny/discussions`,
  );
});

it.each(['<!doctype html>', '{}', '{"discussions":[5,{"num":"1"}],"count":"x","start":{}}'])(
  'an answer that is no list of pull requests, %j, leaves the own weights',
  async (text) => {
    hub.fault = ({ kind }) => (kind === 'discussions' ? { status: 200, text } : undefined);
    expect(await loaded()).toMatchObject({ names: ['pytorch_model.bin'], isConverted: false });
  },
);

it('a file of it with wrong bytes is an error, not a reason for other weights', async () => {
  hub.propose({ 'model.safetensors': safetensors });
  hub.fault = ({ kind }) => (kind === 'cdn' ? { wrongAt: 100 } : undefined);
  await expect(loaded()).rejects.toThrow(
    'fromPretrained: the bytes that came must be those that the hub lists.\n  expected  model.safetensors',
  );
});

it('nobody is asked where there are safetensors, where the file is named, or offline', async () => {
  hub.propose({ 'model.safetensors': safetensors });
  expect(await loaded({ weights: 'pytorch_model.bin' })).toMatchObject({ names: ['pytorch_model.bin'], told: undefined });
  expect(hub.came.some(({ kind }) => kind === 'discussions')).toBe(false);
  expect(await loaded({ offline: true })).toMatchObject({ names: ['pytorch_model.bin'], asked: [] });
  hub.push({ 'config.json': json(smallConfig), 'model.safetensors': writeSafetensors({ tensors: (await smallWeights()) as never }) });
  const own = await loaded();
  expect(own).toMatchObject({ names: ['model.safetensors'], told: undefined });
  expect(own.asked).not.toContain('discussions');
});
