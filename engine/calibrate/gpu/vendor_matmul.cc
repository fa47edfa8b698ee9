#include "calibrate/gpu/vendor_matmul.h"

#include <array>
#include <cstring>
#include <optional>

#include "calibrate/gpu/shared_library.h"

namespace plimsoll::calibrate {
namespace {

void expect_success(const std::string& call, int status) {
  if (status != 0) throw KernelFailure(call + ": error " + std::to_string(status));
}

// The libraries count columns first: C^T (n x m) = B^T' A', where B comes transposed and A as it
// is.

// --- cuBLASLt and hipBLASLt ----------------------------------------------------------------------

// The numbers in which the two differ, from cublasLt.h 11 to 13 and hipblaslt.h 0.6 to 1.0.
struct LightNumbers {
  const char* prefix;
  int compute_float;
  int transpose;
  int transpose_a_attribute;
  std::size_t algorithm_bytes;  // of an algorithm
};
constexpr LightNumbers cuda_light{"cublasLt", 68, 1, 3, 64};
constexpr LightNumbers hip_light{"hipblasLt", 2, 112, 0, 24};

// cudaDataType and hipDataType have the same numbers.
constexpr int type_float = 0;
constexpr int type_f16 = 2;
constexpr int type_bf16 = 14;
constexpr int most_workspace_attribute = 1;
// What NVIDIA recommends for Hopper (cuBLAS documentation, "cublasSetWorkspace": 32 MiB).
constexpr std::size_t workspace_bytes = std::size_t{32} << 20;

struct LightCalls {
  int (*create)(void**);
  int (*destroy)(void*);
  int (*create_operation)(void**, int compute, int scale);
  int (*destroy_operation)(void*);
  int (*set_operation)(void*, int, const void*, std::size_t);
  int (*create_layout)(void**, int type, std::uint64_t rows, std::uint64_t columns,
                       std::int64_t ld);
  int (*destroy_layout)(void*);
  int (*create_preference)(void**);
  int (*destroy_preference)(void*);
  int (*set_preference)(void*, int, const void*, std::size_t);
  int (*choose)(void* handle, void* operation, void* a, void* b, void* c, void* d, void* preference,
                int wanted, void* results, int* found);
  int (*multiply)(void* handle, void* operation, const void* alpha, DeviceAddress a, void* a_layout,
                  DeviceAddress b, void* b_layout, const void* beta, DeviceAddress c,
                  void* c_layout, DeviceAddress d, void* d_layout, const void* algorithm,
                  DeviceAddress workspace, std::size_t workspace_bytes, void* stream);
};

// An object of the library, given back by `destroy`.
class LightObject {
 public:
  LightObject() = default;
  ~LightObject() {
    if (object_) destroy_(object_);
  }
  LightObject(const LightObject&) = delete;
  LightObject& operator=(const LightObject&) = delete;

  template <class Create, class... Arguments>
  void make(int (*destroy)(void*), Create create, Arguments... arguments) {
    expect_success("vendor library", create(&object_, arguments...));
    destroy_ = destroy;
  }
  void* get() const { return object_; }

 private:
  void* object_ = nullptr;
  int (*destroy_)(void*) = nullptr;
};

class LightProduct : public VendorProduct {
 public:
  LightProduct(const LightCalls& calls, const LightNumbers& numbers, GpuDevice& device,
               const MatmulShape& shape)
      : calls_(calls), device_(device), workspace_(device, workspace_bytes) {
    const int type = shape.bf16 ? type_bf16 : type_f16;
    const auto m = static_cast<std::uint64_t>(shape.m);
    const auto n = static_cast<std::uint64_t>(shape.n);
    const auto k = static_cast<std::uint64_t>(shape.k);
    device.use();
    handle_.make(calls.destroy, calls.create);
    operation_.make(calls.destroy_operation, calls.create_operation, numbers.compute_float,
                    type_float);
    expect_success("transpose", calls.set_operation(operation_.get(), numbers.transpose_a_attribute,
                                                    &numbers.transpose, sizeof numbers.transpose));
    weights_.make(calls.destroy_layout, calls.create_layout, type, k, n, shape.k);
    input_.make(calls.destroy_layout, calls.create_layout, type, k, m, shape.k);
    output_.make(calls.destroy_layout, calls.create_layout, type, n, m, shape.n);
    choose(numbers);
  }

  void enqueue(DeviceAddress a, DeviceAddress b, DeviceAddress c) override {
    const float one = 1.0F;
    const float zero = 0.0F;
    expect_success(
        "vendor matmul",
        calls_.multiply(handle_.get(), operation_.get(), &one, b, weights_.get(), a, input_.get(),
                        &zero, c, output_.get(), c, output_.get(), algorithm_.data(),
                        workspace_.address(), workspace_bytes, device_.stream()));
  }

 private:
  // The library's own first choice, as engines take it. (To time its next seven as well gained
  // nothing on an H200.)
  void choose(const LightNumbers& numbers) {
    LightObject preference;
    preference.make(calls_.destroy_preference, calls_.create_preference);
    expect_success("workspace", calls_.set_preference(preference.get(), most_workspace_attribute,
                                                      &workspace_bytes, sizeof workspace_bytes));
    std::array<std::uint64_t, 32> result{};
    int found = 0;
    expect_success(
        "choice of algorithm",
        calls_.choose(handle_.get(), operation_.get(), weights_.get(), input_.get(), output_.get(),
                      output_.get(), preference.get(), 1, result.data(), &found));
    if (found == 0) throw KernelFailure("the vendor's library has no algorithm for this shape");
    std::memcpy(algorithm_.data(), result.data(), numbers.algorithm_bytes);
  }

  const LightCalls& calls_;
  GpuDevice& device_;
  DeviceMemory workspace_;
  LightObject handle_;
  LightObject operation_;
  LightObject weights_;
  LightObject input_;
  LightObject output_;
  std::array<std::uint64_t, 16> algorithm_{};
};

std::optional<VendorMatmul> bind_light(SharedLibrary library, const LightNumbers& numbers,
                                       const std::string& name) {
  if (!library) return std::nullopt;
  auto calls = std::make_shared<LightCalls>();
  const auto bind = [&](auto*& call, const char* suffix) {
    call = reinterpret_cast<std::remove_reference_t<decltype(call)>>(
        library.find((std::string(numbers.prefix) + suffix).c_str()));
  };
  bind(calls->create, "Create");
  bind(calls->destroy, "Destroy");
  bind(calls->create_operation, "MatmulDescCreate");
  bind(calls->destroy_operation, "MatmulDescDestroy");
  bind(calls->set_operation, "MatmulDescSetAttribute");
  bind(calls->create_layout, "MatrixLayoutCreate");
  bind(calls->destroy_layout, "MatrixLayoutDestroy");
  bind(calls->create_preference, "MatmulPreferenceCreate");
  bind(calls->destroy_preference, "MatmulPreferenceDestroy");
  bind(calls->set_preference, "MatmulPreferenceSetAttribute");
  bind(calls->choose, "MatmulAlgoGetHeuristic");
  bind(calls->multiply, "Matmul");
  if (!library.missing().empty()) return std::nullopt;
  return VendorMatmul{.name = name,
                      .prepare = [calls, &numbers](GpuDevice& device, const MatmulShape& shape) {
                        return std::make_unique<LightProduct>(*calls, numbers, device, shape);
                      }};
}

// --- cuBLAS and hipBLAS --------------------------------------------------------------------------

using GemmEx = int(void* handle, int transpose_a, int transpose_b, int m, int n, int k,
                   const void* alpha, DeviceAddress a, int a_type, int lda, DeviceAddress b,
                   int b_type, int ldb, const void* beta, DeviceAddress c, int c_type, int ldc,
                   int compute, int algorithm);

struct ClassicCalls {
  int (*create)(void**);
  int (*destroy)(void*);
  int (*set_stream)(void*, void*);
  GemmEx* multiply;
  int transpose, as_it_is;
  int f16, bf16, compute, algorithm;
};

class ClassicProduct : public VendorProduct {
 public:
  ClassicProduct(const ClassicCalls& calls, GpuDevice& device, const MatmulShape& shape)
      : calls_(calls), shape_(shape) {
    device.use();
    handle_.make(calls.destroy, calls.create);
    expect_success("vendor library's stream", calls.set_stream(handle_.get(), device.stream()));
  }

  void enqueue(DeviceAddress a, DeviceAddress b, DeviceAddress c) override {
    const float one = 1.0F;
    const float zero = 0.0F;
    const int m = static_cast<int>(shape_.m);
    const int n = static_cast<int>(shape_.n);
    const int k = static_cast<int>(shape_.k);
    const int type = shape_.bf16 ? calls_.bf16 : calls_.f16;
    expect_success(
        "vendor matmul",
        calls_.multiply(handle_.get(), calls_.transpose, calls_.as_it_is, n, m, k, &one, b, type, k,
                        a, type, k, &zero, c, type, n, calls_.compute, calls_.algorithm));
  }

 private:
  const ClassicCalls& calls_;
  MatmulShape shape_;
  LightObject handle_;
};

VendorMatmul classic(const std::string& name, const ClassicCalls& calls) {
  return {.name = name,
          .prepare = [kept = std::make_shared<ClassicCalls>(calls)](GpuDevice& device,
                                                                    const MatmulShape& shape) {
            return std::make_unique<ClassicProduct>(*kept, device, shape);
          }};
}

std::optional<VendorMatmul> bind_cublas() {
  SharedLibrary library({"libcublas.so.13", "libcublas.so.12", "libcublas.so.11",
                         "/usr/local/cuda/lib64/libcublas.so"});
  const ClassicCalls calls{.create = library.function<int(void**)>("cublasCreate_v2"),
                           .destroy = library.function<int(void*)>("cublasDestroy_v2"),
                           .set_stream = library.function<int(void*, void*)>("cublasSetStream_v2"),
                           .multiply = library.function<GemmEx>("cublasGemmEx"),
                           .transpose = 1,
                           .as_it_is = 0,
                           .f16 = type_f16,
                           .bf16 = type_bf16,
                           .compute = 68,
                           .algorithm = -1};
  if (!library || !library.missing().empty()) return std::nullopt;
  return classic("cuBLAS", calls);
}

// Up to ROCm 6 hipblasGemmEx has type numbers of its own, and hipblasGemmEx_v2 those of HIP; from
// ROCm 7 (libhipblas.so.3) the plain name means the latter.
std::optional<VendorMatmul> bind_hipblas() {
  SharedLibrary library({"libhipblas.so.3", "libhipblas.so.2", "libhipblas.so.1", "libhipblas.so.0",
                         "/opt/rocm/lib/libhipblas.so"});
  const auto newer = library.optional_function<GemmEx>("hipblasGemmEx_v2");
  const bool has_own_numbers = !newer && library.name() != "libhipblas.so.3";
  const ClassicCalls calls{
      .create = library.function<int(void**)>("hipblasCreate"),
      .destroy = library.function<int(void*)>("hipblasDestroy"),
      .set_stream = library.function<int(void*, void*)>("hipblasSetStream"),
      .multiply = newer ? newer : library.function<GemmEx>("hipblasGemmEx"),
      .transpose = 112,
      .as_it_is = 111,
      .f16 = has_own_numbers ? 150 : type_f16,
      .bf16 = has_own_numbers ? 168 : type_bf16,
      .compute = has_own_numbers ? 151 : 2,  // HIPBLAS_R_32F, HIPBLAS_COMPUTE_32F
      .algorithm = 160};                     // HIPBLAS_GEMM_DEFAULT
  if (!library || !library.missing().empty()) return std::nullopt;
  return classic("hipBLAS", calls);
}

}  // namespace

std::vector<VendorMatmul> open_vendor_matmuls(const std::string& driver_id) {
  std::vector<VendorMatmul> found;
  const auto add = [&](std::optional<VendorMatmul> library) {
    if (library) found.push_back(std::move(*library));
  };
  if (driver_id == "cuda") {
    add(bind_light(SharedLibrary({"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so.11",
                                  "/usr/local/cuda/lib64/libcublasLt.so"}),
                   cuda_light, "cuBLASLt"));
    add(bind_cublas());
  } else {
    add(bind_light(SharedLibrary({"libhipblaslt.so.1", "libhipblaslt.so.0", "libhipblaslt.so",
                                  "/opt/rocm/lib/libhipblaslt.so"}),
                   hip_light, "hipBLASLt"));
    add(bind_hipblas());
  }
  return found;
}

}  // namespace plimsoll::calibrate
