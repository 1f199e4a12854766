from core_svc.main import main

main()
