#pragma once

namespace eigenrnn {

/// One whose lines can be drawn over: not Emacs's shell, say, which sets TERM=dumb.
bool is_terminal(int descriptor);

}  // namespace eigenrnn
