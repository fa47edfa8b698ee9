// How an engine serves many requests (key `serving` of an engine): what runs in one step, when a
// request is let in, and how many and how large the steps are where nobody says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "catalog/figure.h"

namespace plimsoll {

enum class Batching {
  continuous,    // sequences come and go at every step, over paged KV blocks
  fixed_slots,   // the same, but each has a slot of the whole context to itself
  static_batch,  // a batch is answered to the end before the next begins
};

// What has to be free of the KV cache before a request is let in.
enum class Admission {
  chunk,    // its first step
  prompt,   // its prompt
  request,  // prompt and answer, which are set aside: nothing is ever preempted
};

enum class PrefillHabit {
  chunked,  // in chunks that fill the step beside the sequences that decode
  whole,    // each prompt in one step, beside the sequences that decode
  alone,    // in chunks, in steps of their own before anybody decodes on
};

// Limits where the user sets none, by the memory of a device.
struct ServingLimits {
  Bytes memory;                     // of devices with this much and more
  std::vector<std::string> not_on;  // but not of those with such a word in their id
  int sequences = 1;                // that run at once
  int step_tokens = 512;            // of all sequences in one step
  int offline_step_tokens = 0;      // where all requests are there at once; 0: the same
};

struct ServingSpec {
  Batching batching = Batching::static_batch;
  Admission admission = Admission::prompt;
  PrefillHabit prefill = PrefillHabit::chunked;
  int block_tokens = 16;
  // A step of more tokens is this many passes (the physical batch of llama.cpp); 0: one pass.
  int pass_tokens = 0;
  // Tokens stay in blocks that were given back until somebody takes them, so that a preempted
  // sequence may find its own.
  bool prefix_caching = false;
  // Share of the memory left after weights and buffers that the KV cache takes; nothing: what
  // `memory_fraction` of the device leaves.
  std::optional<Figure<double>> free_share;
  std::vector<ServingLimits> limits;  // the last that applies holds
  // Of a request's first token, what no step explains: the server's protocol, tokenizer, queues
  // between processes.
  Figure<Seconds> request_overhead;
  // Of every token that a step gives, on the host and overlapped by nothing: its sequence is
  // scheduled, the token turned into text and sent. Where the host chooses the token itself, the
  // time it takes for each entry of the vocabulary comes on top.
  Figure<Seconds> token_overhead;
  Figure<Seconds> sampling;
  std::string source;
};

}  // namespace plimsoll
