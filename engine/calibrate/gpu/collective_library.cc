#include "calibrate/gpu/collective_library.h"

#include "calibrate/gpu/shared_library.h"

namespace plimsoll::calibrate {
namespace {

constexpr int nccl_f16 = 6;  // ncclFloat16
constexpr int nccl_sum = 0;  // ncclSum

}  // namespace

std::optional<CollectiveLibrary> open_collective_library(const std::string& driver_id) {
  const bool cuda = driver_id == "cuda";
  SharedLibrary library =
      cuda ? SharedLibrary({"libnccl.so.2"}) : SharedLibrary({"librccl.so.1", "librccl.so"});
  CollectiveLibrary calls;
  calls.name = cuda ? "NCCL" : "RCCL";
  library.bind("ncclCommInitAll", calls.create_all);
  library.bind("ncclCommDestroy", calls.destroy);
  library.bind("ncclGroupStart", calls.begin_group);
  library.bind("ncclGroupEnd", calls.end_group);
  const auto reduce =
      library.function<int(DeviceAddress, DeviceAddress, std::size_t, int, int, void*, void*)>(
          "ncclAllReduce");
  calls.all_reduce_f16 = [reduce](DeviceAddress from, DeviceAddress to, std::size_t count,
                                  DriverHandle communicator, DriverHandle stream) {
    return reduce(from, to, count, nccl_f16, nccl_sum, communicator, stream);
  };
  if (!library || !library.missing().empty()) return std::nullopt;
  return calls;
}

}  // namespace plimsoll::calibrate
