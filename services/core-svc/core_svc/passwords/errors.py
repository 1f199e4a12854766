from chassis.errors import FailedPrecondition, PermissionDenied


class WrongPassword(PermissionDenied):
    def __init__(self) -> None:
        super().__init__("The present password is wrong.")


class InvalidResetToken(FailedPrecondition):
    def __init__(self) -> None:
        super().__init__("This token was used, has expired or never was one: ask an administrator for another.")
