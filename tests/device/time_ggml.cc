// Times operators of ggml one by one, in the buffers that llama.cpp puts weights in: what the
// transfers of profiles are derived from (doc/calibration.md). Not built here: it needs a build of
// llama.cpp, DIR, and its source, SRC.
//
//   g++ -std=c++20 -O2 -I SRC/ggml/include tests/device/time_ggml.cc -o time_ggml
//       -L DIR/bin -lggml -lggml-base -lggml-cpu -Wl,-rpath,DIR/bin
//   time_ggml BACKEND THREADS        for example: time_ggml CPU 16, time_ggml CUDA0 1
//
// A graph holds as many copies of an operator as it takes to outgrow every cache, each with weights
// of its own; a line is the median time of one of them over the repetitions, as those of ours are.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "ggml-alloc.h"
#include "ggml-backend.h"
#include "ggml-cpu.h"
#include "ggml.h"

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Engine {
  ggml_backend_t backend = nullptr;
  // Where llama.cpp looks for a place for a weight, in its order.
  std::vector<ggml_backend_buffer_type_t> places;
};

Engine open_engine(const std::string& name, int threads) {
  Engine engine{.backend = ggml_backend_init_by_name(name.c_str(), nullptr), .places = {}};
  if (!engine.backend) std::exit(2);
  ggml_backend_dev_t device = ggml_backend_get_device(engine.backend);
  if (ggml_backend_dev_type(device) == GGML_BACKEND_DEVICE_TYPE_CPU) {
    ggml_threadpool_params parameters = ggml_threadpool_params_default(threads);
    ggml_backend_cpu_set_n_threads(engine.backend, threads);
    ggml_backend_cpu_set_threadpool(engine.backend, ggml_threadpool_new(&parameters));
    const auto more =
        reinterpret_cast<ggml_backend_dev_get_extra_bufts_t>(ggml_backend_reg_get_proc_address(
            ggml_backend_dev_backend_reg(device), "ggml_backend_dev_get_extra_bufts"));
    for (auto* each = more ? more(device) : nullptr; each && *each; ++each)
      engine.places.push_back(*each);
  }
  engine.places.push_back(ggml_backend_get_default_buffer_type(engine.backend));
  return engine;
}

// Rows of random values of a format, over and over.
std::vector<char> random_rows(ggml_type type, std::int64_t columns, std::size_t bytes) {
  constexpr std::int64_t rows = 64;
  std::mt19937 random(1);
  std::uniform_real_distribution<float> draw(-1.0F, 1.0F);
  std::vector<float> values(static_cast<std::size_t>(columns * rows));
  for (float& value : values) value = draw(random);
  std::vector<char> some(static_cast<std::size_t>(rows) * ggml_row_size(type, columns));
  if (type == GGML_TYPE_F32)
    std::copy_n(reinterpret_cast<char*>(values.data()), some.size(), some.data());
  else
    ggml_quantize_chunk(type, values.data(), some.data(), 0, rows, columns, nullptr);
  std::vector<char> all(bytes);
  for (std::size_t at = 0; at < bytes; at += some.size())
    std::copy_n(some.data(), std::min(some.size(), bytes - at), all.data() + at);
  return all;
}

class OperatorGraph {
 public:
  explicit OperatorGraph(Engine& engine) : engine_(engine), weights_(context()), rest_(context()) {
    graph_ = ggml_new_graph_custom(rest_, 8192, false);
  }
  ~OperatorGraph() {
    for (ggml_backend_buffer_t buffer : buffers_) ggml_backend_buffer_free(buffer);
    ggml_free(weights_);
    ggml_free(rest_);
  }
  OperatorGraph(const OperatorGraph&) = delete;
  OperatorGraph& operator=(const OperatorGraph&) = delete;

  ggml_context* rest() { return rest_; }
  ggml_tensor* weight(ggml_type type, std::int64_t a, std::int64_t b, std::int64_t c = 1) {
    return ggml_new_tensor_3d(weights_, type, a, b, c);
  }
  void add(ggml_tensor* result) {
    ggml_build_forward_expand(graph_, result);
    ++operators_;
  }

  // Where llama.cpp would put weights of `user`, an operator of this graph; its name.
  std::string place(ggml_tensor* user) {
    ggml_backend_dev_t device = ggml_backend_get_device(engine_.backend);
    for (ggml_backend_buffer_type_t type : engine_.places) {
      ggml_backend_buffer_t none = ggml_backend_buft_alloc_buffer(type, 0);
      user->src[0]->buffer = none;
      const bool supported = ggml_backend_dev_supports_op(device, user);
      user->src[0]->buffer = nullptr;
      ggml_backend_buffer_free(none);
      if (!supported) continue;
      if (ggml_get_first_tensor(weights_))
        buffers_.push_back(ggml_backend_alloc_ctx_tensors_from_buft(weights_, type));
      buffers_.push_back(ggml_backend_alloc_ctx_tensors(rest_, engine_.backend));
      fill();
      return ggml_backend_buft_name(type);
    }
    return "";
  }

  // Seconds of one operator, the median of those repetitions that fit in half a second.
  double median() {
    std::vector<double> times;
    // CUDA records its graph in the second run.
    const double start = now();
    for (int i = 0; i < 3 && (i == 0 || now() - start < 0.3); ++i)
      ggml_backend_graph_compute(engine_.backend, graph_);
    const double end = now() + 0.5;
    for (int i = 0; i < 3 || (now() < end && i < 200); ++i) {
      const double begin = now();
      ggml_backend_graph_compute(engine_.backend, graph_);
      times.push_back(now() - begin);
    }
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::nth_element(times.begin(), middle, times.end());
    return *middle / operators_;
  }

 private:
  static ggml_context* context() {
    return ggml_init({.mem_size = std::size_t{64} << 20, .mem_buffer = nullptr, .no_alloc = true});
  }

  void fill() {
    for (ggml_tensor* t = ggml_get_first_tensor(weights_); t;
         t = ggml_get_next_tensor(weights_, t)) {
      const std::vector<char> rows = random_rows(t->type, t->ne[0], ggml_nbytes(t));
      ggml_backend_tensor_set(t, rows.data(), 0, rows.size());
    }
    for (ggml_tensor* t = ggml_get_first_tensor(rest_); t; t = ggml_get_next_tensor(rest_, t)) {
      if (t->op != GGML_OP_NONE || t->view_src) continue;
      if (t->type == GGML_TYPE_I32) {
        choose_experts(t);
        continue;
      }
      const std::vector<char> rows = random_rows(t->type, t->ne[0], ggml_nbytes(t));
      ggml_backend_tensor_set(t, rows.data(), 0, rows.size());
    }
  }

  // Each token its own, evenly.
  static void choose_experts(ggml_tensor* t) {
    std::vector<std::int32_t> ids(static_cast<std::size_t>(ggml_nelements(t)));
    const int experts = std::atoi(t->name);
    for (std::size_t i = 0; i < ids.size(); ++i)
      ids[i] = static_cast<std::int32_t>(i * 37 % static_cast<std::size_t>(experts));
    ggml_backend_tensor_set(t, ids.data(), 0, ids.size() * sizeof(std::int32_t));
  }

  Engine& engine_;
  ggml_context* weights_;
  ggml_context* rest_;
  ggml_cgraph* graph_;
  std::vector<ggml_backend_buffer_t> buffers_;
  int operators_ = 0;
};

void print(const std::string& what, const std::string& format, const std::string& place,
           double seconds, double bytes, double flop) {
  std::printf("%-40s %-6s %-14s %10.2f us %9.1f GB/s %10.1f GFLOP/s\n", what.c_str(),
              format.c_str(), place.c_str(), 1e6 * seconds, 1e-9 * bytes / seconds,
              1e-9 * flop / seconds);
  std::fflush(stdout);
}

struct Product {
  ggml_type type;
  std::int64_t columns, rows, tokens;
};

void time_product(Engine& engine, const Product& of, double all_bytes) {
  OperatorGraph graph(engine);
  const double bytes =
      static_cast<double>(ggml_row_size(of.type, of.columns)) * static_cast<double>(of.rows);
  ggml_tensor* last = nullptr;
  const int copies = std::clamp(static_cast<int>(all_bytes / bytes), 1, 512);
  for (int i = 0; i < copies; ++i) {
    ggml_tensor* x = ggml_new_tensor_2d(graph.rest(), GGML_TYPE_F32, of.columns, of.tokens);
    last = ggml_mul_mat(graph.rest(), graph.weight(of.type, of.columns, of.rows), x);
    graph.add(last);
  }
  const std::string place = graph.place(last);
  print("product " + std::to_string(of.rows) + "x" + std::to_string(of.columns) +
            " tokens=" + std::to_string(of.tokens),
        ggml_type_name(of.type), place, graph.median(), bytes,
        2.0 * static_cast<double>(of.rows * of.columns * of.tokens));
}

struct Experts {
  std::int64_t count = 64, used = 8, columns = 2048, rows = 1024;
};

void time_experts(Engine& engine, ggml_type type, std::int64_t tokens, int copies) {
  const Experts e;
  OperatorGraph graph(engine);
  ggml_tensor* last = nullptr;
  for (int i = 0; i < copies; ++i) {
    ggml_tensor* x = ggml_new_tensor_3d(graph.rest(), GGML_TYPE_F32, e.columns, 1, tokens);
    ggml_tensor* ids = ggml_new_tensor_2d(graph.rest(), GGML_TYPE_I32, e.used, tokens);
    ggml_set_name(ids, std::to_string(e.count).c_str());
    last = ggml_mul_mat_id(graph.rest(), graph.weight(type, e.columns, e.rows, e.count), x, ids);
    graph.add(last);
  }
  const std::string place = graph.place(last);
  const double touched = static_cast<double>(std::min(e.count, e.used * tokens));
  print("experts 8 of 64 1024x2048 tokens=" + std::to_string(tokens), ggml_type_name(type), place,
        graph.median(),
        touched * static_cast<double>(ggml_row_size(type, e.columns)) * static_cast<double>(e.rows),
        2.0 * static_cast<double>(e.rows * e.columns * e.used * tokens));
}

struct Attention {
  std::int64_t heads, caches, head_dim, context, tokens;
};

void time_attention(Engine& engine, const Attention& of, int copies) {
  OperatorGraph graph(engine);
  ggml_context* c = graph.rest();
  ggml_tensor* last = nullptr;
  for (int i = 0; i < copies; ++i) {
    ggml_tensor* q = ggml_new_tensor_4d(c, GGML_TYPE_F32, of.head_dim, of.tokens, of.heads, 1);
    ggml_tensor* k = ggml_new_tensor_4d(c, GGML_TYPE_F16, of.head_dim, of.context, of.caches, 1);
    ggml_tensor* v = ggml_new_tensor_4d(c, GGML_TYPE_F16, of.head_dim, of.context, of.caches, 1);
    ggml_tensor* mask = ggml_new_tensor_4d(c, GGML_TYPE_F16, of.context, of.tokens, 1, 1);
    last = ggml_flash_attn_ext(c, q, k, v, mask, 0.1F, 0.0F, 0.0F);
    graph.add(last);
  }
  graph.place(last);
  const double cells = static_cast<double>(of.context * of.head_dim);
  print("attention heads=" + std::to_string(of.heads) + "/" + std::to_string(of.caches) + " of " +
            std::to_string(of.head_dim) + " context=" + std::to_string(of.context) +
            " tokens=" + std::to_string(of.tokens),
        "f16", "", graph.median(), 4.0 * cells * static_cast<double>(of.caches),
        4.0 * cells * static_cast<double>(of.heads * of.tokens));
}

// Small operators in a chain, as they follow one another in a pass: what lies between two of them.
void time_small(Engine& engine, const std::string& what, std::int64_t width,
                const std::function<ggml_tensor*(OperatorGraph&, ggml_tensor*)>& next) {
  OperatorGraph graph(engine);
  ggml_tensor* last = ggml_new_tensor_2d(graph.rest(), GGML_TYPE_F32, width, 1);
  for (int i = 0; i < 512; ++i) {
    last = next(graph, last);
    graph.add(last);
  }
  const std::string place = graph.place(last);
  print("chain of " + what, "", place, graph.median(), 0.0, 0.0);
}

void time_small_operators(Engine& engine) {
  time_small(engine, "products 64x64", 64, [](OperatorGraph& graph, ggml_tensor* x) {
    return ggml_mul_mat(graph.rest(), graph.weight(GGML_TYPE_F16, 64, 64), x);
  });
  time_small(engine, "products 64x64, quantized", 64, [](OperatorGraph& graph, ggml_tensor* x) {
    return ggml_mul_mat(graph.rest(), graph.weight(GGML_TYPE_Q8_0, 64, 64), x);
  });
  time_small(engine, "norms of 2048 values", 2048, [](OperatorGraph& graph, ggml_tensor* x) {
    return ggml_rms_norm(graph.rest(), x, 1e-5F);
  });
  time_small(engine, "sums of 2048 values", 2048, [](OperatorGraph& graph, ggml_tensor* x) {
    return ggml_add(graph.rest(), x, ggml_new_tensor_2d(graph.rest(), GGML_TYPE_F32, 2048, 1));
  });
}

void time_all(Engine& engine, bool is_cpu) {
  const double bytes = is_cpu ? 1.5e9 : 3e9;  // of all copies: several times the largest caches
  const std::int64_t columns = is_cpu ? 2048 : 4096;
  const std::int64_t rows = is_cpu ? 8192 : 14336;
  const std::vector<std::int64_t> tokens =
      is_cpu ? std::vector<std::int64_t>{1, 128, 256} : std::vector<std::int64_t>{1, 512, 2048};
  time_small_operators(engine);
  for (const ggml_type type : {GGML_TYPE_F16, GGML_TYPE_Q8_0, GGML_TYPE_Q4_0, GGML_TYPE_Q4_K,
                               GGML_TYPE_Q6_K, GGML_TYPE_MXFP4}) {
    for (const std::int64_t n : tokens)
      time_product(engine, {type, columns, rows, n}, n == 1 ? bytes : bytes / 12);
    time_experts(engine, type, 1, is_cpu ? 8 : 16);
    time_experts(engine, type, tokens[1], is_cpu ? 2 : 8);
  }
  for (const std::int64_t heads : {8, 32}) {
    time_attention(engine, {heads, 8, 128, 8192, 1}, is_cpu ? 8 : 32);
    time_attention(engine, {heads, 8, 64, 1024, 1}, is_cpu ? 32 : 256);
  }
  time_attention(engine, {32, 8, 64, 1024, is_cpu ? 128 : 512}, 4);
  time_attention(engine, {32, 8, 128, 8192, is_cpu ? 128 : 512}, is_cpu ? 1 : 4);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fprintf(stderr, "time_ggml BACKEND THREADS\n");
    return 2;
  }
  Engine engine = open_engine(arguments[1], std::atoi(arguments[2]));
  time_all(engine, std::string(arguments[1]) == "CPU");
  return 0;
}
