#include "support/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <fmt/format.h>

#include "support/error.h"
#include "support/shell.h"

namespace eigenrnn {
namespace {

using Stream = ProcessSettings::Stream;

[[noreturn]] void fail_to_start(const std::vector<std::string>& words, int error) {
  throw Error(fmt::format("{} {}: {}", words.front(),
                          error == ENOENT
                              ? std::string("is not there")
                              : fmt::format("cannot be started: {}", std::strerror(error)),
                          shell_line(words)));
}

struct Pipe {
  Descriptor parent, child;  // none of a stream that is inherited
};

Pipe make_pipe(const std::vector<std::string>& words, bool child_reads) {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail_to_start(words, errno);
  return {Descriptor(ends[child_reads ? 1 : 0]), Descriptor(ends[child_reads ? 0 : 1])};
}

Pipe open_stream(const std::vector<std::string>& words, Stream stream, bool child_reads) {
  if (stream == Stream::kPiped) return make_pipe(words, child_reads);
  if (stream == Stream::kInherited) return {};
  Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nothing.is_open()) fail_to_start(words, errno);
  return {Descriptor(), std::move(nothing)};
}

// "NAME=value", of this process and those that are added.
std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> variables;
  for (char** variable = ::environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string text = *variable;
    if (added.count(text.substr(0, text.find('='))) == 0) variables.push_back(text);
  }
  for (const auto& [name, value] : added) variables.push_back(name + "=" + value);
  return variables;
}

// As exec takes them; valid as long as `texts`.
std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// All that the child needs, made before fork(): another thread of this process may hold the lock of
// the heap or of the environment at that moment, and in the child nobody would ever release it.
struct Child {
  const char* program;
  std::vector<char*> words, environment;
  std::array<int, 3> streams;  // what becomes its standard input, output and error; -1: as it is
  const std::vector<int>* ignored_signals;
  bool has_own_group, ends_with_parent;
  pid_t parent;
};

// Async-signal-safe calls only. Returns if the program cannot be started; errno says why.
void become(const Child& child) {
  if (child.ends_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != child.parent) ::_exit(1);  // it died before we asked to be told
  }
  for (const int number : *child.ignored_signals) ::signal(number, SIG_IGN);
  if (child.has_own_group) ::setpgid(0, 0);
  for (int stream = 0; stream < 3; ++stream) {
    if (child.streams[stream] >= 0) ::dup2(child.streams[stream], stream);
  }
  ::execvpe(child.program, child.words.data(), child.environment.data());
}

// What the child writes if it could not become the program; at success the pipe is just closed.
int start_error(int descriptor) {
  int error = 0;
  std::string text;
  read_available(descriptor, text);
  if (text.size() == sizeof error) std::memcpy(&error, text.data(), sizeof error);
  return error;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

const std::map<std::string, std::string>& single_threaded() {
  static const std::map<std::string, std::string> variables = {
      {"OMP_NUM_THREADS", "1"}, {"OPENBLAS_NUM_THREADS", "1"}, {"MKL_NUM_THREADS", "1"}};
  return variables;
}

Process::Process(const ProcessSettings& settings) {
  std::vector<std::string> words = settings.words;
  std::vector<std::string> environment = environment_with(settings.environment);
  Pipe input = open_stream(words, settings.input, /*child_reads=*/true);
  Pipe output = open_stream(words, settings.output, /*child_reads=*/false);
  Pipe errors = open_stream(words, settings.errors, /*child_reads=*/false);
  Pipe start = make_pipe(words, /*child_reads=*/false);
  const Child child = {settings.program.empty() ? words.front().c_str() : settings.program.c_str(),
                       pointers_to(words),
                       pointers_to(environment),
                       {input.child.number(), output.child.number(), errors.child.number()},
                       &settings.ignored_signals,
                       settings.has_own_group,
                       settings.ends_with_parent,
                       ::getpid()};
  pid_ = ::fork();
  if (pid_ < 0) fail_to_start(words, errno);
  if (pid_ == 0) {
    become(child);
    const int error = errno;
    if (::write(start.child.number(), &error, sizeof error) < 0) ::_exit(126);
    ::_exit(127);
  }
  start.child.close();
  if (const int error = start_error(start.parent.number())) {
    wait_for(pid_);
    pid_ = -1;
    fail_to_start(words, error);
  }
  input_ = std::move(input.parent);
  output_ = std::move(output.parent);
  errors_ = std::move(errors.parent);
}

Process::~Process() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  wait_for(pid_);
}

void Process::do_not_wait_for_output() {
  for (const Descriptor* stream : {&output_, &errors_}) {
    if (stream->is_open()) ::fcntl(stream->number(), F_SETFL, O_NONBLOCK);
  }
}

void Process::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

int Process::wait() {
  const int status = wait_for(pid_);
  pid_ = -1;
  return status;
}

bool read_available(int descriptor, std::string& text) {
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = ::read(descriptor, buffer.data(), buffer.size());
    if (count > 0) {
      text.append(buffer.data(), static_cast<size_t>(count));
    } else if (count == 0) {
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
}

bool write_whole(int descriptor, const std::string& text) {
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = ::write(descriptor, text.data() + written, text.size() - written);
    if (count < 0 && errno != EINTR) return false;
    if (count > 0) written += static_cast<size_t>(count);
  }
  return true;
}

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return fmt::format("ended by signal {} ({}){}", number, ::strsignal(number),
                       number == SIGKILL ? ", as the system does when memory runs out" : "");
  }
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

std::string output_of(const std::vector<std::string>& words) {
  ProcessSettings settings;
  settings.words = words;
  settings.output = Stream::kPiped;
  Process process(settings);
  std::string output;
  read_available(process.output(), output);
  const int status = process.wait();
  if (status == 0) return output;
  throw Error(fmt::format("{} {}: {}", words.front(),
                          WIFEXITED(status)
                              ? fmt::format("failed with exit code {}", WEXITSTATUS(status))
                              : how_it_ended(status),
                          shell_line(words)));
}

}  // namespace eigenrnn
