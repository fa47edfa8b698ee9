// Some of the Metal kernels under the thread sanitizer, which ends the program with an error where
// two threads of a threadgroup get at the same place without a barrier between: what a right result
// does not show. Those that share memory, and each kind of exchange between lanes.
//
// With "race" as argument: a kernel that lacks its barrier, to see that the sanitizer finds it.
#include <cstdio>
#include <cstring>

#include "metal_rig.h"
#include "metal_threads.h"

namespace {

using plimsoll::calibrate::MetalRig;

bool is_right(const std::string& family, const std::string& format, const std::string& variant,
              const std::map<std::string, std::int64_t>& shape) {
  MetalRig rig;
  const auto check = rig.check(family, format, variant, shape);
  std::printf("%s %s %s: %s\n", family.c_str(), format.c_str(), variant.c_str(),
              check.right ? "right" : check.why.c_str());
  return check.right;
}

void race() {
  static int shared[64];
  metal_cpu::run({.threads = 64}, [](const metal_cpu::Place& place) {
    shared[place.index] = 1;
    const int other = shared[63 - place.index];
    if (other > 1) std::printf("never\n");
  });
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::strcmp(arguments[1], "race") == 0) {
    race();
    return 0;
  }
  bool right = is_right("read", "", "", {{"bytes", 1 << 15}});
  right &= is_right("matrix_vector", "mxfp4", "", {{"rows", 5}, {"columns", 256}});
  right &= is_right("rms_norm", "f16", "", {{"tokens", 2}, {"width", 264}});
  right &= is_right("router", "f32", "", {{"tokens", 4}, {"experts", 40}, {"chosen", 2}});
  right &= is_right("decode_attention", "q8", "", {{"heads", 4}, {"kv_heads", 1}, {"context", 70}});
  right &= is_right("matrix_matrix", "f16", "own", {{"m", 128}, {"n", 128}, {"k", 32}});
  return right ? 0 : 1;
}
