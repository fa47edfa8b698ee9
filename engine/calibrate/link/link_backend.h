// A link to another machine as a backend of the calibrator. Families:
//
//   link_round_trip  a message there and one of the same size back; bytes count both
//   link_bandwidth   bytes there, "received" those back, "both ways" each way while the other is as
//                    busy; by number of streams
//   link_cpu         processor time of one end per GB; "items" are GB
#pragma once

#include <memory>
#include <vector>

#include "calibrate/kernel_case.h"
#include "calibrate/link/link_session.h"

namespace plimsoll::calibrate::link {

// The session must live longer. `streams`: numbers of streams, each at most what the session
// opened. `longest_s`: about so long the largest transfer takes; 0: by the depth.
std::unique_ptr<Backend> make_link_backend(LinkSession& session, std::vector<int> streams,
                                           double longest_s = 0.0);

}  // namespace plimsoll::calibrate::link
