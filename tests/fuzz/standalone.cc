// What stands for libFuzzer where the compiler has none: every seed, and then random changes of
// them, the same in every run. It sees no coverage; sanitizers of the build watch.
//
//   gguf_fuzz RUNS SEEDS

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::uint64_t seed_of_changes = 20261121;
constexpr std::size_t largest_input = 65536;

std::vector<std::string> read_seeds(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> seeds;
  for (const auto& file : files) {
    std::ifstream stream(file, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return seeds;
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  std::string next() {
    constexpr std::size_t most_changes = 8;
    std::string input = seeds_[below(seeds_.size())];
    for (std::size_t changes = 1 + below(most_changes); changes > 0; --changes) change(input);
    if (input.size() > largest_input) input.resize(largest_input);
    return input;
  }

 private:
  // Without std::uniform_int_distribution, whose draws differ between libraries.
  std::size_t below(std::size_t count) { return count == 0 ? 0 : random_() % count; }

  void change(std::string& input) {
    enum { flip_bit, set_byte, set_length, cut, repeat, splice, kinds };
    const std::size_t at = below(input.size());
    switch (below(kinds)) {
      case flip_bit:
        if (!input.empty()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case set_byte:
        if (!input.empty()) input[at] = static_cast<char>(below(256));
        break;
      case set_length:
        set_number(input, at);
        break;
      case cut:
        input.resize(at);
        break;
      case repeat:
        input.insert(at, input.substr(at, 1 + below(64)));
        break;
      case splice: {
        const std::string& other = seeds_[below(seeds_.size())];
        input = input.substr(0, at) + other.substr(below(other.size()));
        break;
      }
    }
  }

  // Numbers at which lengths go wrong, as they stand in a file of 64-bit little-endian ones.
  void set_number(std::string& input, std::size_t at) {
    constexpr std::array<std::uint64_t, 8> numbers = {0,
                                                      1,
                                                      0x7f,
                                                      0xffff'ffff,
                                                      0x1'0000'0000,
                                                      0x7fff'ffff'ffff'ffff,
                                                      0x8000'0000'0000'0000,
                                                      0xffff'ffff'ffff'ffff};
    const std::uint64_t number = numbers[below(numbers.size())];
    for (std::size_t i = 0; i < 8 && at + i < input.size(); ++i)
      input[at + i] = static_cast<char>(number >> (8 * i) & 0xff);
  }

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_{seed_of_changes};
};

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::vector<std::string> seeds = read_seeds(argv[2]);
  if (seeds.empty()) {
    std::fprintf(stderr, "no seeds in %s\n", argv[2]);
    return 2;
  }
  for (const std::string& seed : seeds) run(seed);
  Mutator mutator(seeds);
  const long runs = std::strtol(argv[1], nullptr, 10);
  for (long i = 0; i < runs; ++i) run(mutator.next());
  std::printf("%zu seeds, %ld changes of them\n", seeds.size(), runs);
  return 0;
}
