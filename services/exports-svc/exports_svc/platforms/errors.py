"""What can be wrong with a platform."""

from chassis.errors import AlreadyExists


class PlatformNameTaken(AlreadyExists):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is a platform named {name} already: choose another name.", name=name)
