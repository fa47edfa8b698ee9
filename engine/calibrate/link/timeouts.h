// How long an end of a link measurement waits for the other one, in seconds.
#pragma once

namespace plimsoll::calibrate::link {

struct Timeouts {
  double connect_s = 5.0;     // for each address of a host
  double handshake_s = 5.0;   // from the first byte until both know each other
  double operation_s = 10.0;  // for a frame, a message, a block of 128 KiB
  double wait_s = 300.0;      // of the listener for somebody to come
  double session_s = 1800.0;  // of the listener for one peer altogether
};

}  // namespace plimsoll::calibrate::link
