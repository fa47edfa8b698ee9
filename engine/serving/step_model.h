// How long one step of a serving engine takes, as a function of what is in it.
//
// Times are whole picoseconds. While the same sequences decode and nothing else happens, a step's
// time is linear in the number of steps, piece by piece, with whole growth: so a run of steps adds
// up exactly, whether it is taken at once or step by step.
#pragma once

#include <cstdint>

namespace plimsoll::serving {

using Picoseconds = std::int64_t;

// Sufficient statistics of a step.
struct StepLoad {
  int decoding = 0;                 // sequences that get one more token
  std::int64_t decode_context = 0;  // tokens that those hold before the step, summed
  int prefilling = 0;               // sequences with a chunk of their prompt in the step
  std::int64_t prefill_tokens = 0;  // of all chunks
  std::int64_t prefill_pairs =
      0;  // (query, cell) pairs of the chunks: sum over their tokens of what each sees
  std::int64_t longest_context = 0;  // of any sequence in the step, before it

  friend bool operator==(const StepLoad&, const StepLoad&) = default;
};

// The steps of a run of decoding: the i-th takes first + i * growth, for i below `steps`.
struct DecodePiece {
  Picoseconds first = 0;
  Picoseconds growth = 0;
  std::int64_t steps = 1;  // >= 1; as far as the piece reaches
};

// Time of the first `steps` steps of the piece. Exact.
constexpr Picoseconds time_of(const DecodePiece& piece, std::int64_t steps) {
  return steps * piece.first + piece.growth * (steps * (steps - 1) / 2);
}

class StepModel {
 public:
  virtual ~StepModel() = default;
  // A step with chunks of prompts in it, > 0.
  virtual Picoseconds mixed_step(const StepLoad& load) const = 0;
  // Steps that only decode, from `load` on: each adds `decoding` to the contexts' sum and one to
  // the longest. For every i below `steps`, the piece of the load i steps later begins with first +
  // i * growth.
  virtual DecodePiece decode_run(const StepLoad& load) const = 0;
};

}  // namespace plimsoll::serving
