import { nearestNames } from './nearest-names.ts';

/**
 * What other libraries call an option, by what it is called here, and how it is written where that is no value of the same kind. A name
 * may stand in several rows: the first whose option a function knows is meant.
 */
const rows: readonly (readonly [names: string, option: string, written?: string])[] = [
  ['causal iscausal', 'mask', 'mask: causal()'],
  ['window windowsize', 'mask', 'mask: slidingWindow({ left, right })'],
  ['attentionmask', 'padding', 'padding: padding(rows), rows being those of the mask: [[1, 1, 0]]'],
  ['tokentypeids', 'tokenTypes', 'tokenTypes: a tensor of the same numbers'],
  ['positionids', 'positions', 'positions: a tensor of the same numbers'],
  ['hiddensize dmodel embeddim dim nembd', 'width'],
  ['numheads nheads nhead numattentionheads', 'heads'],
  ['headsize dhead attentionheadsize dimhead', 'headDim'],
  ['intermediatesize dff dinner ffndim', 'innerWidth'],
  ['vocabsize nvocab numembeddings numtokens', 'vocabulary'],
  ['eps layernormeps', 'epsilon'],
  ['dropout dropoutrate hiddendropoutprob', 'hiddenDropout'],
  ['dropout dropoutrate attentiondropoutprob attentionprobsdropoutprob', 'attentionDropout'],
  ['lr', 'learningRate'],
  ['learningrate lr', 'schedule', 'schedule: constantSchedule(0.001), or one that warms up and falls: warmup(100, cosineSchedule({ … }))'],
  ['warmupsteps numwarmupsteps warmupratio lrscheduler lrschedulertype', 'schedule', 'schedule: warmup(steps, schedule)'],
  ['maxsteps numsteps iterations', 'steps'],
  ['epochs numepochs nepochs numtrainepochs', 'steps', 'steps: epochs times the batches of one; dataInEpochs begins the data anew'],
  ['batchsize trainbatchsize perdevicetrainbatchsize', 'batch'],
  ['batchsize trainbatchsize perdevicetrainbatchsize', 'accumulate', 'accumulate: batches of a step; how many rows a batch has, data says'],
  ['gradientaccumulationsteps accumulategradbatches', 'accumulate'],
  ['maxgradnorm clipnorm gradientclipval gradclip', 'maxNorm'],
  ['weightdecay', 'optimizer', 'optimizer: adamW({ weightDecay: 0.01 })'],
  ['emadecay ema', 'averageDecay'],
  ['validationdata evaldata evaldataset valdata', 'validation', 'validation: { data, every }'],
  ['patience earlystopping', 'validation', 'validation: { data, every, patience }'],
  ['resumefromcheckpoint outputdir savesteps', 'checkpoint', 'checkpoint: { store: checkpointFolder(path), every }'],
  ['seed randomseed', 'key', 'key: createKey(seed)'],
  ['numbeams beams', 'search', 'search: beamSearch({ beams })'],
  ['dosample temperature topk topp', 'search', 'search: sample({ key, temperature, topK, topP })'],
  ['repetitionpenalty', 'processors', 'processors: [repetitionPenalty(1.3)]'],
  ['norepeatngramsize', 'processors', 'processors: [noRepeatNgrams(3)]'],
  ['maxtokens maxlen', 'maxNewTokens'],
  ['eostokenid eostoken stoptokens', 'endTokens'],
  ['quantized quantization torchdtype', 'precision'],
  ['cachedir', 'cache'],
  ['localfilesonly', 'offline'],
  ['accesstoken authtoken useauthtoken', 'token'],
  ['progresscallback onprogress', 'progress'],
];

/** How an option of another library is written here; undefined where nobody knows it, or not in this function. */
function writtenElsewhere(name: string, known: readonly string[]): string | undefined {
  const plain = name.replaceAll('_', '').toLowerCase();
  const row = rows.find(([names, option]) => known.includes(option) && names.split(' ').includes(plain));
  return row && `write ${row[2] ?? row[1]}.`;
}

/**
 * What somebody means who gives an unknown name: what another library calls one of those that are known, else the nearest of them.
 * @param known the names that there are, at least one
 * @cost no tensor operations
 */
export const meant = (name: string, known: readonly string[]): string =>
  writtenElsewhere(name, known) ?? `did you mean ${nearestNames(name, known)[0]}?`;
